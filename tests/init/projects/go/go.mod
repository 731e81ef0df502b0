module github.com/acme/ledger

go 1.23.4

require (
	github.com/go-chi/chi/v5 v5.2.0
	github.com/jackc/pgx/v5 v5.7.2
	github.com/nats-io/nats.go v1.38.0
)

require github.com/redis/go-redis/v9 v9.7.0 // indirect
