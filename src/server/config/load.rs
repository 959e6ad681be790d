//! Reading the settings: flags over environment over file over defaults. The only file that names the YAML library.

use super::assignment::Assignment;
use super::faults::read_what_can_be;
use super::{Address, Config, Tls, is_token_name};
use crate::ruleset::SETTINGS_FILE;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Directories that are beside the rules if nothing is said, by their settings.
pub(super) const PLACED_BESIDE: [(&str, &str); 4] = [
    ("store.directory", "windlass-data"),
    ("checks.ssh_signature.authorized_keys", "authorized_keys"),
    ("checks.totp.secrets", "totp"),
    ("checks.password.hashes", "passwords"),
];

/// No configuration is larger, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What flags and environment say, which goes before the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `listen`
    pub listen: Option<SocketAddr>,
    /// `listen_beyond_loopback`, where it is said
    pub listen_beyond_loopback: Option<()>,
    /// `log`
    pub log: Option<String>,
    /// `shards`
    pub shards: Option<super::Count<0, 256>>,
    /// Any setting, in the order given
    pub set: Vec<Assignment>,
}

/// Why there is no configuration. Says file, line and column where it stands in a file.
#[derive(Debug)]
pub struct ConfigError(pub(super) String);

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// The settings for a ruleset: those of `file`, or of `windlass.yaml` in the ruleset's directory if there is one, or the
/// defaults, and over them the overrides. Paths in a file count from the file's directory. Blocks.
pub fn load(ruleset: &Path, file: Option<&Path>, overrides: Overrides) -> Result<Config, ConfigError> {
    let home = home(ruleset);
    let beside = beside(ruleset);
    let file = file.or(beside.as_deref());
    let mut config = match file {
        Some(file) => read(file, &overrides.set)?,
        None => {
            let mut config = Config::default();
            config.assign_all(&overrides.set)?;
            config.place_below(home);
            config
        }
    };
    config.override_with(overrides);
    let misplaced = config.place_directories(home);
    match misplaced.into_iter().chain(config.disagreements()).next() {
        Some(why) => Err(why),
        None => Ok(config),
    }
}

/// All that is wrong with the settings of a ruleset, in the order in which a server would meet it, and what is left of them without that.
/// None where the file cannot be read at all. Blocks.
pub fn faults(ruleset: &Path, file: Option<&Path>) -> (Vec<ConfigError>, Option<Config>) {
    let home = home(ruleset);
    let beside = beside(ruleset);
    let (mut faults, mut config) = (Vec::new(), Config::default());
    let mut below = home;
    if let Some(file) = file.or(beside.as_deref()) {
        let text = match text_of(file) {
            Ok(text) => text,
            Err(why) => return (vec![why], None),
        };
        let (misread, read) = read_what_can_be(&text);
        faults.extend(misread.iter().map(|misread| misread.of(file)));
        let Some(read) = read else { return (faults, None) };
        (config, below) = (read, file.parent().unwrap_or(Path::new(".")));
    }
    config.place_below(below);
    faults.extend(config.place_directories(home));
    faults.extend(config.disagreements());
    (faults, Some(config))
}

/// The settings as lint looks at them: what a file says, this one or the one beside the rules, whether or not all that it names is
/// there. None where there is no file. Blocks.
pub fn load_for_lint(ruleset: &Path, file: Option<&Path>) -> Result<Option<(PathBuf, Config)>, ConfigError> {
    match file.map(Path::to_path_buf).or_else(|| beside(ruleset)) {
        Some(file) => read(&file, &[]).map(|config| Some((file, config))),
        None => Ok(None),
    }
}

/// The file with settings in a ruleset's directory, if there is one. Blocks.
pub fn beside(ruleset: &Path) -> Option<PathBuf> {
    Some(home(ruleset).join(SETTINGS_FILE)).filter(|file| file.is_file())
}

fn home(ruleset: &Path) -> &Path {
    if ruleset.is_dir() { ruleset } else { ruleset.parent().unwrap_or(Path::new(".")) }
}

fn read(file: &Path, set: &[Assignment]) -> Result<Config, ConfigError> {
    let text = text_of(file)?;
    let mut config = parse(&text).map_err(|misread| misread.of(file))?;
    config.assign_all(set)?;
    config.place_below(file.parent().unwrap_or(Path::new(".")));
    Ok(config)
}

fn text_of(file: &Path) -> Result<String, ConfigError> {
    let cannot = |error: &dyn fmt::Display| ConfigError(format!("cannot read `{}`: {error}", file.display()));
    let about = fs::metadata(file).map_err(|error| cannot(&error))?;
    if about.len() > FILE_BYTES_MAX {
        return Err(cannot(&format!("it holds more than {FILE_BYTES_MAX} bytes")));
    }
    fs::read_to_string(file).map_err(|error| cannot(&error))
}

/// Where a text is wrong, and why.
pub(super) struct Misread {
    /// Line and column, from 1.
    pub at: Option<(u64, u64)>,
    why: String,
}

impl Misread {
    fn of(&self, file: &Path) -> ConfigError {
        let place = self.at.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        ConfigError(format!("{}{place}: {}", file.display(), self.why))
    }
}

/// The settings of a text.
pub(super) fn parse(text: &str) -> Result<Config, Misread> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Config::default());
    }
    serde_yaml::from_str(text).map_err(|error| {
        let at = error.location().map(|at| (at.line(), at.column()));
        Misread { at, why: prose(&error.without_snippet().to_string()) }
    })
}

/// The library's words as ours, on one line.
pub(super) fn prose(message: &str) -> String {
    let message = message.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    let message = message.rsplit_once(" at line ").map_or(message, |(before, _)| before);
    if let Some((name, names)) = unknown_name(message) {
        return unknown_setting(name, names);
    }
    if let Some((name, names)) = unknown_choice(message) {
        return format!("`{name}` is none of {names}");
    }
    if let Some(name) = message.strip_prefix("duplicate mapping key: ").and_then(|rest| rest.split(',').next()) {
        return format!("`{name}` is set twice: keep one");
    }
    match message {
        "expected mapping start" => "this setting has settings below it: write them as `name: value`".into(),
        "invalid boolean" => "this setting is `true` or `false`".into(),
        "expected string scalar" => "this setting is one value".into(),
        tabs if tabs.starts_with("tabs disallowed") => "a line begins with a tab: indent with spaces".into(),
        other => other.into(),
    }
}

/// The name that is no setting, and those that are.
fn unknown_name(message: &str) -> Option<(&str, &str)> {
    let (name, names) = message.strip_prefix("unknown field `")?.split_once("`, expected ")?;
    Some((name, names.strip_prefix("one of ").unwrap_or(names)))
}

/// The word that is not one of several, and those that are.
fn unknown_choice(message: &str) -> Option<(&str, &str)> {
    let (name, names) = message.strip_prefix("unknown variant `")?.split_once("`, expected ")?;
    Some((name, names.strip_prefix("one of ").unwrap_or(names)))
}

pub(super) fn unknown_setting(name: &str, names: &str) -> String {
    let similar = |known: &&str| strsim::damerau_levenshtein(known, name) <= name.len().div_ceil(LETTERS_PER_SLIP);
    match names.split(", ").find(similar) {
        Some(known) => format!("there is no setting `{name}` here: did you mean `{known}`?"),
        None => format!("there is no setting `{name}` here: there are {names}"),
    }
}

/// Nobody mistypes more than one of so many letters.
const LETTERS_PER_SLIP: usize = 4;

impl Config {
    fn assign_all(&mut self, set: &[Assignment]) -> Result<(), ConfigError> {
        set.iter().try_for_each(|assignment| assignment.write_into(self))
    }

    /// Directories that were named count from here.
    fn place_below(&mut self, home: &Path) {
        let receivers = self.webhooks.values_mut().flat_map(|receiver| receiver.value.paths());
        let Tls { certificate, key, reload: _, clients } = &mut self.tls;
        let tls = [certificate, key, &mut clients.authorities, &mut clients.revoked].into_iter().flatten();
        for path in self
            .checks
            .paths()
            .chain(self.store.directory.as_mut())
            .chain(receivers)
            .chain(tls)
            .chain(self.api.audit.as_mut())
        {
            *path = home.join(&*path);
        }
    }

    fn override_with(&mut self, overrides: Overrides) {
        let Overrides { listen, listen_beyond_loopback, log, shards, set: _ } = overrides;
        self.listen = listen.map_or(self.listen, Address::from);
        self.listen_beyond_loopback |= listen_beyond_loopback.is_some();
        self.shards = shards.unwrap_or(self.shards);
        if let Some(log) = log {
            self.log = log;
        }
    }

    /// A directory that was named must be there; one that was not is looked for beside the rules, and may come later.
    fn place_directories(&mut self, home: &Path) -> Vec<ConfigError> {
        let [store, keys, secrets, hashes] = PLACED_BESIDE;
        self.store.directory.get_or_insert_with(|| home.join(store.1));
        let placed = [
            (keys, &mut self.checks.ssh_signature.authorized_keys),
            (secrets, &mut self.checks.totp.secrets),
            (hashes, &mut self.checks.password.hashes),
        ];
        placed.into_iter().filter_map(|(setting, directory)| place(setting, directory, home).err()).collect()
    }

    /// Settings that do not go together.
    fn disagreements(&self) -> Vec<ConfigError> {
        let mut found = Vec::new();
        if self.tls.certificate.is_some() != self.tls.key.is_some() {
            found.push(ConfigError("`tls` needs both a `certificate` and its `key`: name the missing file".into()));
        }
        let clients = &self.tls.clients;
        if clients.authorities.is_some() && self.tls.certificate.is_none() {
            found.push(ConfigError(
                "`tls.clients` needs TLS: name the server's own `certificate` and `key` in `tls`".into(),
            ));
        }
        if clients.revoked.is_some() && clients.authorities.is_none() {
            found.push(ConfigError(
                "`tls.clients.revoked` is about certificates that nobody is asked for: name those that vouch for clients in \
                 `tls.clients.authorities`"
                    .into(),
            ));
        }
        let is_open = self.tls.certificate.is_none() && !self.listen_beyond_loopback;
        if is_open && !self.listen.get().ip().is_loopback() {
            found.push(ConfigError(format!(
                "`listen` is {}, which other machines reach, and there is no TLS: name a certificate and its key in `tls`, or put \
                 a proxy with TLS before it and say `listen_beyond_loopback: true` (or `--listen-beyond-loopback`), or listen on \
                 127.0.0.1",
                self.listen
            )));
        }
        if let Some(name) = self.api.tokens.keys().find(|name| !is_token_name(name)) {
            found.push(ConfigError(format!(
                "`api.tokens` calls a token `{name}`: call it by up to 64 letters, figures, `-` and `_`, since what it posts comes \
                 from `service:` and its name"
            )));
        }
        if self.outbox.get() < self.message.bytes.get() {
            found.push(ConfigError(format!(
                "`outbox` is {}, less than one message may hold: make it at least as large as `message.bytes`, {}",
                self.outbox, self.message.bytes
            )));
        }
        found
    }
}

fn place((setting, default): (&str, &str), directory: &mut Option<PathBuf>, home: &Path) -> Result<(), ConfigError> {
    match directory {
        Some(named) if !named.is_dir() => Err(ConfigError(format!(
            "`{setting}` names `{}`, which is not a directory: make it, or name another",
            named.display()
        ))),
        Some(_) => Ok(()),
        None => {
            *directory = Some(home.join(default));
            Ok(())
        }
    }
}
