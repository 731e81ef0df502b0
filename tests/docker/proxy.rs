//! A way to the engine that a test can cut, and one with TLS.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use devstack::engine::Endpoint;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;

use crate::sandbox::endpoint;

/// Certificates made for these tests alone.
pub(crate) fn certificate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/docker/certificates")
        .join(name)
}

async fn forward(mut client: impl AsyncRead + AsyncWrite + Unpin) {
    let Endpoint::Unix(path) = endpoint() else {
        unreachable!("the tests' engine has a socket");
    };
    let mut engine = UnixStream::connect(path).await.expect("the engine");
    // Either side may hang up as it likes.
    let _ = copy_bidirectional(&mut client, &mut engine).await;
}

/// A socket that leads to the engine until it is cut.
pub(crate) struct Proxy {
    folder: TempDir,
    served: JoinHandle<()>,
}

impl Proxy {
    /// Begins to serve.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join("engine.sock")).expect("a socket");
        let served = tokio::spawn(async move {
            // Dropped with this task, and all connections with it.
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(forward(client));
            }
        });
        Self { folder, served }
    }

    /// Where it is.
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::Unix(self.folder.path().join("engine.sock"))
    }

    /// Breaks every connection and takes no more, as an engine that dies.
    pub(crate) async fn cut(&mut self) {
        self.served.abort();
        let ended = (&mut self.served).await;
        assert!(ended.is_err_and(|error| error.is_cancelled()));
    }
}

/// Starts a TLS server that leads to the engine and lets in who has our certificate; gives its address.
pub(crate) async fn tls() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let acceptor = TlsAcceptor::from(Arc::new(server_config()));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(client) = acceptor.accept(client).await {
                    forward(client).await;
                }
            });
        }
    });
    address
}

fn server_config() -> ServerConfig {
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    for ca in chain("ca.pem") {
        roots.add(ca).expect("an authority");
    }
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .expect("a verifier");
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(clients)
        .with_single_cert(
            chain("server.pem"),
            PrivateKeyDer::from_pem_file(certificate("server-key.pem")).expect("a key"),
        )
        .expect("a certificate")
}

fn chain(name: &str) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(certificate(name))
        .expect("a file")
        .collect::<Result<_, _>>()
        .expect("certificates")
}
