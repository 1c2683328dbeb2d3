//! Log records of this process: on standard error for a command, in a file for the server.

use owt_core::RequestId;
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing::span::EnteredSpan;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use crate::command_line::Globals;
use crate::command_line::LogFormat;

type Boxed = Box<dyn Layer<Registry> + Send + Sync>;

/// As long as it lives, records carry the command's correlation id.
pub(crate) struct Guard {
    _span: Option<EnteredSpan>,
}

impl Guard {
    /// For a process whose records are not a command's.
    pub(crate) const NONE: Self = Self { _span: None };
}

/// Begins logging for a command. Without `-v` and `--log-format json` there is nothing to set up.
pub(crate) fn begin(globals: &Globals, request: RequestId) -> Guard {
    if globals.verbose == 0 && globals.log_format.is_none() {
        return Guard::NONE;
    }
    let format = globals.log_format.unwrap_or_default();
    install(vec![layer(format, std::io::stderr).with_filter(wanted(globals.verbose, LevelFilter::WARN))]);
    Guard { _span: Some(tracing::info_span!("command", id = %request).entered()) }
}

/// Begins logging for the server: everything that happens to `file`; what `-v` asks for to standard error too.
pub(crate) fn begin_server<W>(globals: &Globals, file: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let format = globals.log_format.unwrap_or_default();
    let wanted = wanted(globals.verbose, LevelFilter::INFO);
    let mut layers = vec![layer(format, file).with_filter(wanted.clone())];
    if globals.verbose > 0 {
        layers.push(layer(format, std::io::stderr).with_filter(wanted));
    }
    install(layers);
}

/// `-v`: our steps; `-vv`: those of every kind, each program that is started among them.
fn wanted(verbose: u8, quiet: LevelFilter) -> Targets {
    let ours = match verbose {
        0 => quiet,
        1 => LevelFilter::from_level(Level::INFO),
        _ => LevelFilter::from_level(Level::DEBUG),
    };
    Targets::new().with_default(LevelFilter::WARN).with_target("owt", ours)
}

fn layer<W>(format: LogFormat, writer: W) -> Boxed
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    match format {
        LogFormat::Text => Box::new(layer),
        LogFormat::Json => Box::new(layer.json().flatten_event(true)),
    }
}

fn install(layers: Vec<Filtered<Boxed, Targets, Registry>>) {
    // Only a second call in one process could fail, and the first one's records are as good.
    drop(tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layers)));
}
