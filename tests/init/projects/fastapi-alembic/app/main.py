import os

from fastapi import FastAPI

app = FastAPI(title="sensors")
DATABASE_URL = os.environ["DATABASE_URL"]
MQTT_HOST = os.getenv("MQTT_HOST", "localhost")


@app.get("/healthz")
async def healthz() -> dict[str, bool]:
    return {"ok": True}
