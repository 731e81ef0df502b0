// Everything is configured by the environment.
require('unleash-server').start();
