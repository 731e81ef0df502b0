"""The shop's API, as JSON, from Postgres and Redis: /healthz, /api/summary, /api/count/TABLE, /api/orders?limit=N and
/api/features. With `user=NAME`, the summary has what is switched on for that user, and the features tell what that is.
"""

import json
import os
import signal
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import psycopg
import redis
from psycopg.rows import dict_row

from flags import flags

PORT = 8000
MOST_ORDERS = 500  # in one answer
FEATURES = ["trending"]

cache = redis.Redis.from_url(
    os.environ["REDIS_URL"], decode_responses=True, socket_timeout=3, socket_connect_timeout=3
)


class Database(threading.local):
    """A connection for each visitor: kept while their browser keeps its own to the API, as frameworks do it."""

    connection: psycopg.Connection | None = None

    def query(self, sql: str, *values) -> list[dict]:
        kept = self.connection is not None
        try:
            return self.connected().execute(sql, values).fetchall()
        except psycopg.OperationalError:
            self.close()
            if not kept:
                raise
        # The database was stopped and started since: what was kept is worth nothing.
        return self.connected().execute(sql, values).fetchall()

    def connected(self) -> psycopg.Connection:
        if self.connection is None:
            # Nothing is left open between two queries, so that a pool can lend the connection to others meanwhile.
            self.connection = psycopg.connect(
                os.environ["DATABASE_URL"], connect_timeout=60, autocommit=True, row_factory=dict_row
            )
        return self.connection

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


database = Database()
query = database.query


def healthz(_: dict) -> dict:
    query("select 1")
    cache.ping()
    return {"status": "ok"}


def user_of(parameters: dict) -> str | None:
    return parameters.get("user", [None])[-1]


def features(parameters: dict) -> dict:
    return {name: flags.on(name, user_of(parameters)) for name in FEATURES}


def trending() -> list[dict]:
    return query(
        "select p.name, count(*) as orders from (select product_id from orders order by placed_at desc limit 1000) o"
        " join products p on p.id = o.product_id group by p.id order by 2 desc, 1 limit 3"
    )


def summary(parameters: dict) -> dict:
    """Counts and sums from Postgres; the shop's settings, featured products and visits from Redis."""
    [totals] = query(
        "select (select count(*) from customers) as customers, count(*) as orders,"
        " sum(quantity * price_cents)::bigint as revenue_cents from orders o join products p on p.id = o.product_id"
    )
    months = query(
        "select to_char(date_trunc('month', placed_at at time zone 'UTC'), 'YYYY-MM') as month, count(*) as orders"
        " from orders group by 1 order by 1"
    )
    products = query(
        "select p.name, count(*) as orders, sum(quantity * price_cents)::bigint as revenue_cents"
        " from orders o join products p on p.id = o.product_id group by p.id order by 3 desc limit 6"
    )
    return {
        "shop": cache.hgetall("shop:settings"),
        "featured": cache.zrange("shop:featured", 0, -1),
        "visits": cache.incr("shop:visits"),
        **totals,
        "months": months,
        "products": products,
        **({"trending": trending()} if flags.on("trending", user_of(parameters)) else {}),
    }


def count_orders(_: dict) -> int:
    return query("select count(*) from orders")[0]["count"]


def count_customers(_: dict) -> int:
    return query("select count(*) from customers")[0]["count"]


def orders(parameters: dict) -> dict:
    [limit] = parameters.get("limit", ["10"])[-1:]
    if not limit.isdecimal() or not 1 <= int(limit) <= MOST_ORDERS:
        raise ValueError(f"limit is not a number from 1 to {MOST_ORDERS}")
    return {"orders": query("select * from order_details order by placed_at desc, id desc limit %s", int(limit))}


ROUTES = {
    "/healthz": healthz,
    "/api/summary": summary,
    "/api/count/orders": count_orders,
    "/api/count/customers": count_customers,
    "/api/orders": orders,
    "/api/features": features,
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def finish(self) -> None:
        database.close()
        super().finish()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        route = ROUTES.get(url.path)
        if route is None:
            self.answer(HTTPStatus.NOT_FOUND, {"error": f"nothing at {url.path}"})
            return
        try:
            self.answer(HTTPStatus.OK, route(parse_qs(url.query)))
        except ValueError as error:
            self.answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        except (psycopg.Error, redis.RedisError) as error:
            self.log_error("%s", error)
            self.answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": str(error).strip()})

    def answer(self, status: HTTPStatus, data: dict | int) -> None:
        body = json.dumps(data, default=str, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # whoever comes in a crowd is let in


def main() -> None:
    server = Server(("", PORT), Handler)
    # The first process of a container gets no default handling of signals: without this, stopping takes ten seconds.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on port {PORT}")
    server.serve_forever()


if __name__ == "__main__":
    main()
