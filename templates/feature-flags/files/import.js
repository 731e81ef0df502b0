// Makes Unleash's tables and tokens, imports flags.json into them, and ends. Runs in a container of Unleash's image.
process.chdir('/unleash');
const { create } = require(require.resolve('unleash-server', { paths: ['/unleash'] }));

create({ import: { file: '/feature-flags/flags.json', project: 'default', environment: 'development' } })
  .then((unleash) => unleash.stop())
  .then(() => process.exit(0))
  .catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
