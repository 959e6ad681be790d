//! What the certificate says that a client showed. TLS has verified it: an authority of the settings has signed it, and the client has its key.

use crate::value::{Json, Value, hexadecimal};
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// The fields that rules know, [`crate::model::HandshakePart::Certificate`], as far as the certificate has them.
pub(in crate::server) fn fields(shown: &CertificateDer<'_>) -> Vec<(&'static str, Value)> {
    let mut fields = vec![("fingerprint", Value::Text(hexadecimal(&Sha256::digest(shown)).into()))];
    // TLS has read it as well; where the two do not agree, it says nothing
    let Ok(certificate) = Certificate::from_der(shown) else { return fields };
    fields.extend(common_name(&certificate).map(|name| ("common_name", Value::Text(name.into()))));
    let expires = certificate.tbs_certificate().validity().not_after.to_unix_duration();
    fields.extend(u64::try_from(expires.as_millis()).ok().map(|expires| ("expires", Value::Time(expires))));
    let (names, uris) = alternative_names(&certificate);
    fields.extend([("names", list(names)), ("uris", list(uris))]);
    fields
}

/// Of several common names none is the one.
fn common_name(certificate: &Certificate) -> Option<String> {
    let subject = certificate.tbs_certificate().subject();
    let is_one = subject.iter().filter(|part| part.oid == COMMON_NAME).count() == 1;
    Some(subject.common_name().ok()??.value().into_owned()).filter(|_| is_one)
}

/// Names of hosts, and URIs, of the subject's alternative names.
fn alternative_names(certificate: &Certificate) -> (Vec<String>, Vec<String>) {
    let (mut names, mut uris) = (Vec::new(), Vec::new());
    let found = certificate.tbs_certificate().get_extension::<SubjectAltName>();
    for name in found.ok().flatten().map(|(_, found)| found.0).unwrap_or_default() {
        match name {
            GeneralName::DnsName(name) => names.push(name.to_string()),
            GeneralName::UniformResourceIdentifier(uri) => uris.push(uri.to_string()),
            GeneralName::OtherName(_)
            | GeneralName::Rfc822Name(_)
            | GeneralName::DirectoryName(_)
            | GeneralName::EdiPartyName(_)
            | GeneralName::IpAddress(_)
            | GeneralName::RegisteredId(_) => {}
        }
    }
    (names, uris)
}

fn list(texts: Vec<String>) -> Value {
    Value::Json(Json::list(texts.into_iter().map(|text| Value::Text(text.into()))))
}
