import express from 'express';
import { PrismaClient } from '@prisma/client';
import Redis from 'ioredis';

const app = express();
const prisma = new PrismaClient();
const redis = new Redis(process.env.REDIS_URL ?? 'redis://localhost:6379');

app.get('/healthz', async (_req, res) => {
  await redis.ping();
  res.json({ ok: true });
});
app.get('/books', async (_req, res) => res.json(await prisma.book.findMany()));

const port = Number(process.env.PORT ?? 4000);
app.listen(port, () => console.log(`listening on ${port}`));
