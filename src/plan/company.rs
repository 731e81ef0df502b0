//! What the user's network asks for, given to containers and builds.
//!
//! It has no part in the configuration hash but for [`CompanyNetwork::fingerprint`](crate::company::CompanyNetwork): a
//! manifest means the same in every network.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::company::{BUNDLE_PATH, CERTIFICATE_VARIABLES, CompanyCertificates};
use crate::engine::{ContainerSpec, MountSource, MountSpec};
use crate::source::Span;
use crate::stack::{Build, ContentFile, FileContent, Service, Stack};

/// Gives a container the proxy's variables and the certificates, as far as the manifest says nothing else.
pub(super) fn enter(stack: &Stack, service: &Service, spec: &mut ContainerSpec) {
    let company = &stack.company;
    let environment = &mut spec.options.environment;
    let names = stack.services.values().flat_map(|other| {
        let aliases = other.networks.values().flat_map(|network| &network.aliases);
        std::iter::once(&other.name).chain(aliases)
    });
    add(
        environment,
        company.proxy.variables(names.map(String::as_str)),
    );
    let Some(certificates) = &company.certificates else {
        return;
    };
    for name in CERTIFICATE_VARIABLES {
        environment
            .entry(name.to_owned())
            .or_insert_with(|| Some(BUNDLE_PATH.to_owned()));
    }
    let own = service.files.iter().any(|file| file.target == BUNDLE_PATH);
    if stack.is_far || own || spec.mounts.iter().any(|mount| mount.target == BUNDLE_PATH) {
        return;
    }
    spec.mounts.push(MountSpec {
        target: BUNDLE_PATH.to_owned(),
        source: MountSource::Bind {
            source: certificates.bundle_file.display().to_string(),
            create: false,
            propagation: None,
            selinux: None,
            recursive: None,
        },
        read_only: true,
        consistency: None,
    });
}

/// The files that are put into a service's container when it is made. An engine on another machine cannot mount the
/// certificates from here: it gets them so.
pub fn container_files(stack: &Stack, service: &Service) -> Vec<ContentFile> {
    let mut files = service.files.clone();
    let own = files.iter().any(|file| file.target == BUNDLE_PATH);
    if let Some(certificates) = &stack.company.certificates
        && stack.is_far
        && !own
    {
        files.push(as_file(certificates, &service.span));
    }
    files
}

fn as_file(certificates: &CompanyCertificates, span: &Span) -> ContentFile {
    ContentFile {
        target: BUNDLE_PATH.to_owned(),
        content: FileContent::Bytes(certificates.bundle.clone().into_bytes()),
        digest: certificates.digest.clone(),
        uid: None,
        gid: None,
        mode: Some(0o444),
        span: span.clone(),
    }
}

/// Gives a build the proxy's variables, and tells which certificates it gets.
pub(super) fn enter_build(stack: &Stack, build: &mut Build) -> Option<Arc<CompanyCertificates>> {
    add(&mut build.args, stack.company.proxy.variables([]));
    stack.company.certificates.clone()
}

/// Adds variables; one that is set in either case is left as it is in both.
fn add(into: &mut IndexMap<String, Option<String>>, variables: IndexMap<String, String>) {
    for (name, value) in variables {
        let set = |name: &str| {
            into.get(name)
                .is_some_and(|own| own.as_ref() != Some(&value))
        };
        if !set(&name.to_ascii_uppercase()) && !set(&name.to_ascii_lowercase()) {
            into.insert(name, Some(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::company::{CompanyNetwork, Proxy, ProxyOrigin};
    use crate::plan::Labels;
    use crate::plan::spec::container_spec;
    use crate::stack::testing::devstack;

    const MANIFEST: &str = "\
services:
  web: { image: x, environment: { https_proxy: '', SSL_CERT_FILE: /own.pem } }
  db: { image: y, networks: { default: { aliases: [pg] } } }
";

    fn stack(company: CompanyNetwork) -> Stack {
        let mut stack = devstack(MANIFEST).stack();
        stack.enter(&Arc::new(company));
        stack
    }

    fn with_proxy(origin: ProxyOrigin) -> CompanyNetwork {
        let address = Some("http://proxy:1".to_owned());
        CompanyNetwork {
            proxy: Proxy {
                http: address.clone(),
                https: address,
                origin,
                ..Proxy::default()
            },
            ..CompanyNetwork::default()
        }
    }

    fn with_certificates() -> CompanyNetwork {
        let certificates = CompanyCertificates {
            path: "/ca.pem".into(),
            digest: "1".to_owned(),
            bundle: "all".to_owned(),
            bundle_file: "/cache/all.pem".into(),
        };
        CompanyNetwork {
            certificates: Some(Arc::new(certificates)),
            ..CompanyNetwork::default()
        }
    }

    fn web(stack: &Stack) -> ContainerSpec {
        container_spec(stack, &stack.services["web"], 1, Vec::new(), None)
    }

    fn hash(company: CompanyNetwork) -> String {
        web(&stack(company)).labels[Labels::CONFIG_HASH].clone()
    }

    #[test]
    fn what_a_service_says_itself_stays() {
        let spec = web(&stack(with_proxy(ProxyOrigin::Settings)));
        let value = |name: &str| spec.options.environment.get(name).cloned().flatten();
        assert_eq!(value("HTTP_PROXY").as_deref(), Some("http://proxy:1"));
        assert_eq!(value("http_proxy"), value("HTTP_PROXY"));
        assert_eq!(value("https_proxy").as_deref(), Some(""));
        assert_eq!(value("HTTPS_PROXY"), None);
        let direct = "localhost,127.0.0.1,::1,web,db,pg";
        assert_eq!(value("NO_PROXY").as_deref(), Some(direct));
        let spec = web(&stack(with_certificates()));
        let value = |name: &str| spec.options.environment.get(name).cloned().flatten();
        assert_eq!(value("SSL_CERT_FILE").as_deref(), Some("/own.pem"));
        assert_eq!(value("CURL_CA_BUNDLE").as_deref(), Some(BUNDLE_PATH));
    }

    #[test]
    fn the_hash_changes_with_settings_and_with_nothing_else() {
        let plain = hash(CompanyNetwork::default());
        assert_eq!(hash(with_proxy(ProxyOrigin::Environment)), plain);
        assert_ne!(hash(with_proxy(ProxyOrigin::Settings)), plain);
        assert_ne!(hash(with_certificates()), plain);
    }

    #[test]
    fn an_engine_on_another_machine_gets_a_copy_in_place_of_a_mount() {
        let mut stack = stack(with_certificates());
        assert_eq!(web(&stack).mounts.len(), 1);
        assert_eq!(container_files(&stack, &stack.services["web"]).len(), 0);
        stack.is_far = true;
        assert_eq!(web(&stack).mounts.len(), 0);
        let files = container_files(&stack, &stack.services["web"]);
        assert_eq!(files[0].target, BUNDLE_PATH);
    }

    #[test]
    fn builds_get_the_variables_as_arguments() {
        let stack = stack(with_proxy(ProxyOrigin::Settings));
        let text = "services: { a: { build: { context: ., args: { HTTP_PROXY: mine } } } }\n";
        let service = devstack(text).service("a");
        let mut build = service.build.expect("it is built");
        assert!(enter_build(&stack, &mut build).is_none());
        assert_eq!(build.args["HTTP_PROXY"].as_deref(), Some("mine"));
        assert_eq!(build.args.get("http_proxy"), None);
        assert_eq!(build.args["https_proxy"].as_deref(), Some("http://proxy:1"));
    }
}
