import Fastify from 'fastify';

const fastify = Fastify({ logger: true });
fastify.get('/health', async () => ({ ok: true }));
fastify.listen({ port: 3333, host: '0.0.0.0' });
