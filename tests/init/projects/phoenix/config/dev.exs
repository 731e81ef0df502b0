import Config

config :chat, Chat.Repo,
  username: "postgres",
  password: "postgres",
  hostname: "localhost",
  database: "chat_dev",
  pool_size: 10

config :chat, ChatWeb.Endpoint,
  http: [ip: {127, 0, 0, 1}, port: 4000],
  secret_key_base: "v5dZ0rT1nEwzWc0aXh2b3yq7uJtO8sPfKmLgIiHhGgFfEeDdCcBbAa0987654321"
