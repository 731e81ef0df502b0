import Config

if config_env() == :prod do
  database_url = System.get_env("DATABASE_URL") || raise "DATABASE_URL is missing"
  config :chat, Chat.Repo, url: database_url
  config :chat, ChatWeb.Endpoint, secret_key_base: System.get_env("SECRET_KEY_BASE")
end
