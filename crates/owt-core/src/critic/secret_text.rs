//! Secrets within a line of text: tokens that have a form of their own, and values beside a telling word that are too
//! random for a word. A seat belt, like the rule for files ([`crate::secret_rule`]), and no proof that there are none.

use std::net::Ipv4Addr;

/// The characters of a token behind its prefix.
#[derive(Clone, Copy)]
enum Signs {
    /// Capitals and digits.
    Upper,
    /// Letters and digits.
    Alphanumeric,
    /// Those, `_` and `-`.
    Url,
    /// Those and `/`.
    Path,
}

/// The form of a token.
struct Form {
    prefix: &'static str,
    signs: Signs,
    /// The least number of characters behind the prefix.
    least: usize,
    what: &'static str,
}

const fn form(prefix: &'static str, signs: Signs, least: usize, what: &'static str) -> Form {
    Form { prefix, signs, least, what }
}

/// As the issuers document them.
const FORMS: &[Form] = &[
    form("AKIA", Signs::Upper, 16, "an access key of AWS"),
    form("ASIA", Signs::Upper, 16, "an access key of AWS"),
    form("ghp_", Signs::Alphanumeric, 36, "a token of GitHub"),
    form("gho_", Signs::Alphanumeric, 36, "a token of GitHub"),
    form("ghs_", Signs::Alphanumeric, 36, "a token of GitHub"),
    form("ghu_", Signs::Alphanumeric, 36, "a token of GitHub"),
    form("github_pat_", Signs::Url, 50, "a token of GitHub"),
    form("glpat-", Signs::Url, 20, "a token of GitLab"),
    form("sk-ant-", Signs::Url, 20, "a key of Anthropic"),
    form("sk-proj-", Signs::Url, 20, "a key of OpenAI"),
    form("sk-svcacct-", Signs::Url, 20, "a key of OpenAI"),
    form("sk-admin-", Signs::Url, 20, "a key of OpenAI"),
    form("AIza", Signs::Url, 35, "a key of Google"),
    form("ya29.", Signs::Url, 20, "a token of Google"),
    form("xoxb-", Signs::Url, 20, "a token of Slack"),
    form("xoxp-", Signs::Url, 20, "a token of Slack"),
    form("xoxa-", Signs::Url, 20, "a token of Slack"),
    form("hooks.slack.com/services/T", Signs::Path, 30, "a webhook of Slack"),
    form("hooks.slack.com/workflows/T", Signs::Path, 30, "a webhook of Slack"),
    form("sk_live_", Signs::Alphanumeric, 16, "a key of Stripe"),
    form("rk_live_", Signs::Alphanumeric, 16, "a key of Stripe"),
    form("npm_", Signs::Alphanumeric, 36, "a token of npm"),
    form("pypi-AgEIcHlwaS5vcmc", Signs::Url, 20, "a token of PyPI"),
    form("dop_v1_", Signs::Alphanumeric, 64, "a token of DigitalOcean"),
    form("SG.", Signs::Url, 20, "a key of SendGrid"),
    form("hf_", Signs::Alphanumeric, 34, "a token of Hugging Face"),
];

/// Words beside which a random value is a secret.
const TELLING: &[&str] =
    &["secret", "token", "passwd", "password", "api_key", "apikey", "api-key", "access_key", "private_key"];

/// What stands where a secret would be, and is none.
const PLACEHOLDERS: &[&str] = &[
    "example",
    "xxxx",
    "changeme",
    "placeholder",
    "your",
    "dummy",
    "fake",
    "test",
    "0000",
    "1234",
    "sample",
];

/// Passwords that are none.
const EVERYBODYS: &[&str] = &["pass", "passwd", "password", "pwd", "pw", "secret", "admin", "root", "guest"];

/// Hosts that everybody has.
const HERE: &[&str] = &["localhost", "0.0.0.0", "[::1]"];

/// What a name that stands for a host of somebody's has among its parts (RFC 2606, and what documentation writes).
const EXAMPLES: &[&str] = &["example", "your-host", "yourhost", "your-domain", "yourdomain"];

/// The shortest value that is judged by its randomness, in characters.
const LEAST_VALUE: usize = 20;
/// Words of languages and names in code stay below; keys of 20 characters and more are above (bits for each character).
const LEAST_ENTROPY: f64 = 3.7;

/// The token in a line, in words.
pub(super) fn token(line: &str) -> Option<&'static str> {
    if line.contains("-----BEGIN ") && line.contains("PRIVATE KEY") {
        return Some("a private key");
    }
    let known = FORMS.iter().find(|form| has(line, form)).map(|form| form.what);
    known.or_else(|| has_openai_key(line).then_some("a key of OpenAI"))
}

/// The keys of OpenAI without a prefix of their own: `sk-`, and `OpenAI` in base64 in the middle.
fn has_openai_key(line: &str) -> bool {
    line.match_indices("sk-").any(|(at, prefix)| {
        let Some((before, behind)) = line[at + prefix.len()..].split_once("T3BlbkFJ") else { return false };
        let is_sign = |sign: &char| fits(Signs::Url, *sign);
        let is_before = before.len() >= 16 && before.chars().all(|sign| is_sign(&sign));
        is_before && behind.chars().take_while(is_sign).count() >= 16
    })
}

fn has(line: &str, form: &Form) -> bool {
    line.match_indices(form.prefix).any(|(at, _)| {
        let begins = line[..at].chars().next_back().is_none_or(|before| !before.is_ascii_alphanumeric());
        let rest: String =
            line[at + form.prefix.len()..].chars().take_while(|sign| fits(form.signs, *sign)).collect();
        begins && rest.len() >= form.least && !is_placeholder(&rest)
    })
}

fn fits(signs: Signs, sign: char) -> bool {
    match signs {
        Signs::Upper => sign.is_ascii_uppercase() || sign.is_ascii_digit(),
        Signs::Alphanumeric => sign.is_ascii_alphanumeric(),
        Signs::Url => sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-'),
        Signs::Path => sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-' | '/'),
    }
}

fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

/// What of the line may well be a secret and may be none, in words.
pub(super) fn likely(line: &str) -> Option<String> {
    let word = random_value(line).map(|word| format!("has something random beside '{word}'"));
    word.or_else(|| has_password_in_url(line).then(|| "has a password in an address".to_owned()))
        .or_else(|| has_web_token(line).then(|| "has the form of a JSON web token".to_owned()))
}

/// `scheme://user:password@host`, with a password that stands for none.
fn has_password_in_url(line: &str) -> bool {
    line.match_indices("://").any(|(at, sign)| {
        let is_over = |sign: char| sign.is_whitespace() || matches!(sign, '/' | '"' | '\'' | '`' | '<' | '>');
        let authority = line[at + sign.len()..].split(is_over).next().unwrap_or_default();
        let Some((who, host)) = authority.rsplit_once('@') else { return false };
        let Some((user, password)) = who.split_once(':') else { return false };
        let is_word = password == user || EVERYBODYS.contains(&password) || stands_for_a_password(password);
        let is_filled_in = password.contains(['$', '{', '}', '%', '*', '[', '#']);
        !password.is_empty() && !is_word && !is_filled_in && !is_nobodys(host)
    })
}

/// A password of somebody's may well have such a word in it; one that begins with it is none.
fn stands_for_a_password(password: &str) -> bool {
    let lower = password.to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| lower.starts_with(word))
}

/// Whether a host, with a port perhaps, is everybody's own or stands for one.
fn is_nobodys(host: &str) -> bool {
    let lower = host.to_ascii_lowercase();
    let name = match lower.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|sign| sign.is_ascii_digit()) => name,
        _ => lower.as_str(),
    };
    let is_loopback = name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    is_loopback || HERE.contains(&name) || name.split('.').any(|part| EXAMPLES.contains(&part))
}

/// Three parts in base64, of which the first two are objects in JSON (`{"`).
fn has_web_token(line: &str) -> bool {
    line.match_indices("eyJ").any(|(at, _)| {
        let is_sign = |sign: &char| fits(Signs::Url, *sign) || *sign == '.';
        let begins = line[..at].chars().next_back().is_none_or(|before| !is_sign(&before));
        let token: String = line[at..].chars().take_while(is_sign).collect();
        let parts: Vec<&str> = token.split('.').collect();
        let [head, body, signature] = parts.as_slice() else { return false };
        begins && head.len() >= 12 && body.starts_with("eyJ") && body.len() >= 12 && signature.len() >= 16
    })
}

/// The telling word beside a value of the line that is too random for a word.
fn random_value(line: &str) -> Option<&'static str> {
    let lower = line.to_ascii_lowercase();
    let (word, behind) =
        TELLING.iter().find_map(|word| lower.find(word).map(|at| (*word, at + word.len())))?;
    let assigned = line.get(behind..)?.split_once(['=', ':'])?.1;
    let mut parts = assigned.split(['"', '\'', '`']);
    // In quotes, or all that is left of the line.
    let quoted = parts.nth(1);
    let value = quoted.unwrap_or_else(|| assigned.trim());
    (is_random(value) && !is_placeholder(value)).then_some(word)
}

fn is_random(value: &str) -> bool {
    let is_sign =
        |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '+' | '/' | '=' | '_' | '-' | '.');
    value.len() >= LEAST_VALUE
        && value.chars().all(is_sign)
        && value.contains(|sign: char| sign.is_ascii_digit())
        && value.contains(|sign: char| sign.is_ascii_alphabetic())
        && entropy(value.as_bytes()) >= LEAST_ENTROPY
}

/// Shannon's, in bits for each byte.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let all = f64::from(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    let part = |count: u32| {
        let share = f64::from(count) / all;
        -share * share.log2()
    };
    counts.into_iter().filter(|count| *count > 0).map(part).sum()
}
