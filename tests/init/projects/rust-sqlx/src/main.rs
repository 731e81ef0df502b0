use axum::{Router, routing::get};
use sqlx::postgres::PgPoolOptions;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("DATABASE_URL")?;
    let pool = PgPoolOptions::new().connect(&url).await?;
    sqlx::migrate!().run(&pool).await?;
    let _broker = lapin::Connection::connect(&std::env::var("AMQP_URL")?, Default::default()).await?;
    let app = Router::new().route("/health", get(|| async { "ok" })).with_state(pool);
    let listener = tokio::net::TcpListener::bind("0.0.0.0:7000").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
