//! TLS to a remote engine, with our own certificate if the engine asks for one.

use std::io;
use std::path::Path;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::engine::Unreachable;

#[cfg(feature = "ssl")]
pub(super) use with_rustls::Tls;

/// TLS, in a build that has none.
#[cfg(not(feature = "ssl"))]
pub(super) struct Tls;

#[cfg(not(feature = "ssl"))]
impl Tls {
    pub(super) fn new(
        _host: &str,
        _ca: Option<&Path>,
        _cert: Option<&Path>,
        _key: Option<&Path>,
        _verify: bool,
    ) -> Result<Self, Unreachable> {
        Err(Unreachable::Address(
            "this devstack was built without TLS (feature `ssl`)".to_owned(),
        ))
    }

    pub(super) async fn connect(
        &self,
        stream: TcpStream,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + use<>> {
        Ok(stream)
    }
}

#[cfg(feature = "ssl")]
mod with_rustls {
    use std::sync::Arc;

    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::client::danger::{
        HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
    };
    use tokio_rustls::rustls::crypto::{
        CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
    };
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
    use tokio_rustls::rustls::{
        ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    };

    use super::{AsyncRead, AsyncWrite, Path, TcpStream, Unreachable, io};

    /// TLS to one host.
    pub(in super::super) struct Tls {
        connector: TlsConnector,
        name: ServerName<'static>,
    }

    impl Tls {
        /// Reads the certificates; a given authority is the only one trusted, as the docker command line does.
        pub(in super::super) fn new(
            host: &str,
            ca: Option<&Path>,
            cert: Option<&Path>,
            key: Option<&Path>,
            verify: bool,
        ) -> Result<Self, Unreachable> {
            let provider = Arc::new(ring::default_provider());
            let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
                .map_err(|error| Unreachable::Other(error.to_string()))?;
            let builder = if verify {
                builder.with_root_certificates(roots(ca)?)
            } else {
                builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(Unverified(provider)))
            };
            let config = match (cert, key) {
                (Some(cert), Some(key)) => {
                    let chain = certificates(cert)?;
                    let key_der = PrivateKeyDer::from_pem_file(key)
                        .map_err(|error| unreadable("private key", key, &error))?;
                    builder
                        .with_client_auth_cert(chain, key_der)
                        .map_err(|error| unreadable("private key", key, &error))?
                }
                _ => builder.with_no_client_auth(),
            };
            let bare = host.rsplit_once(':').map_or(host, |(bare, _)| bare);
            let bare = bare.trim_start_matches('[').trim_end_matches(']');
            let name = ServerName::try_from(bare.to_owned())
                .map_err(|_| Unreachable::Address(format!("`{bare}` is not a host name")))?;
            Ok(Self {
                connector: TlsConnector::from(Arc::new(config)),
                name,
            })
        }

        /// Shakes hands over a connection.
        pub(in super::super) async fn connect(
            &self,
            stream: TcpStream,
        ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + use<>> {
            self.connector.connect(self.name.clone(), stream).await
        }
    }

    fn roots(ca: Option<&Path>) -> Result<RootCertStore, Unreachable> {
        let mut roots = RootCertStore::empty();
        if let Some(path) = ca {
            for certificate in certificates(path)? {
                roots
                    .add(certificate)
                    .map_err(|error| unreadable("certificate authority", path, &error))?;
            }
        } else {
            // A broken certificate in the system's store spoils only itself.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Ok(roots)
    }

    fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Unreachable> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
            .map_err(|error| unreadable("certificate", path, &error))?
            .collect();
        match certificates {
            Ok(certificates) if certificates.is_empty() => {
                Err(unreadable("certificate", path, &"it holds none"))
            }
            Ok(certificates) => Ok(certificates),
            Err(error) => Err(unreadable("certificate", path, &error)),
        }
    }

    fn unreadable(what: &str, path: &Path, error: &dyn std::fmt::Display) -> Unreachable {
        Unreachable::Other(format!(
            "the {what} `{}` cannot be used: {error}",
            path.display()
        ))
    }

    /// Takes any certificate, as `DOCKER_TLS` without `DOCKER_TLS_VERIFY` asks for.
    #[derive(Debug)]
    struct Unverified(Arc<CryptoProvider>);

    impl ServerCertVerifier for Unverified {
        fn verify_server_cert(
            &self,
            _end_entity: &CertificateDer<'_>,
            _intermediates: &[CertificateDer<'_>],
            _server_name: &ServerName<'_>,
            _ocsp_response: &[u8],
            _now: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls12_signature(
                message,
                cert,
                dss,
                &self.0.signature_verification_algorithms,
            )
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(
                message,
                cert,
                dss,
                &self.0.signature_verification_algorithms,
            )
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    }
}
