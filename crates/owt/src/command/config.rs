//! `owt config`.

use std::fs::OpenOptions;
use std::io;
use std::io::Write;

use clap::Args;
use clap::Subcommand;
use owt_api::ErrorCode;
use owt_config::ConfigPaths;
use owt_config::Origin;
use owt_config::Settings;
use owt_config::Shown;
use owt_core::AbsPath;
use owt_process::Streams;
use serde::Serialize;

use crate::command::dashboard;
use crate::composition;
use crate::context::Context;
use crate::editor;
use crate::failure::Failure;
use crate::failure::in_words;
use crate::rendering::settings;

const EXAMPLES: &str = "\
Examples:
  owt config show --origin      each setting, its value, and who gave it
  owt config validate           every fault, with file, line and what was meant
  owt config edit               your own file, in $VISUAL or $EDITOR
  owt config schema > owt.schema.json

For completion and checks in an editor: `owt config edit` keeps the schema beside your own file and names it in the
file's first line (`#:schema ./owt.schema.json`), which Taplo and the TOML extensions of editors read.";

/// The schema's file beside the person's own.
const SCHEMA: &str = "owt.schema.json";

/// Look at the configuration, check it, edit it.
///
/// A later layer wins: defaults, your own file, the repository's file, the environment, flags.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The settings in force here, as a file would say them.
    Show {
        /// Who gave each of them.
        #[arg(long)]
        origin: bool,
    },
    /// Check the files and the environment.
    Validate,
    /// The JSON schema of the file, for editors.
    Schema,
    /// Edit your own file.
    Edit {
        /// The repository's file instead.
        #[arg(long)]
        repository: bool,
    },
    /// Where the files are.
    Path,
}

/// One setting, as it is answered.
#[derive(Debug, Serialize)]
struct ShownSetting {
    key: String,
    value: serde_json::Value,
    origin: String,
    layer: &'static str,
}

/// One file, as it is answered.
#[derive(Debug, Serialize)]
struct ShownFile {
    layer: &'static str,
    path: String,
    exists: bool,
}

pub(super) fn run(args: &ConfigArgs, context: &Context) -> Result<(), Failure> {
    match &args.what {
        What::Show { origin } => show(*origin, context),
        What::Validate => validate(context),
        What::Schema => schema(context),
        What::Edit { repository } => edit(*repository, context),
        What::Path => path(context),
    }
}

fn paths(context: &Context) -> Result<ConfigPaths, Failure> {
    let repository_root = composition::source_checkout(context.folder());
    Ok(context.places()?.config_paths(repository_root))
}

fn load(context: &Context) -> Result<Settings, Failure> {
    Ok(owt_config::load(&paths(context)?, Some(context.environment.variables()), &[])?)
}

fn show(origin: bool, context: &Context) -> Result<(), Failure> {
    let shown = load(context)?.shown();
    let answered: Vec<ShownSetting> = shown.iter().map(shown_setting).collect();
    context.output.answer(&answered, |page| match origin {
        true => settings::render(page, &shown),
        false => owt_config::as_toml(&shown),
    })
}

fn shown_setting(shown: &Shown) -> ShownSetting {
    let value = match &shown.value {
        owt_config::Value::Text(text) => text.as_str().into(),
        owt_config::Value::Boolean(value) => (*value).into(),
        owt_config::Value::List(texts) => texts.as_slice().into(),
        owt_config::Value::Commands(commands) => serde_json::json!(commands),
    };
    ShownSetting { key: shown.key(), value, origin: shown.origin.to_string(), layer: layer(&shown.origin) }
}

const fn layer(origin: &Origin) -> &'static str {
    match origin {
        Origin::Default => "default",
        Origin::File { layer: owt_config::FileLayer::User, .. } => "user",
        Origin::File { layer: owt_config::FileLayer::Repository, .. } => "repository",
        Origin::Variable(_) => "environment",
        Origin::Flag(_) => "flag",
    }
}

fn validate(context: &Context) -> Result<(), Failure> {
    let settings = load(context)?;
    dashboard::keymap(&settings)?;
    composition::check_settings(
        &context.environment,
        context.places()?,
        paths(context)?.repository_root.as_ref(),
    )?;
    for stranger in owt_config::strangers(&context.environment, &settings) {
        context.output.note(&stranger.to_string());
    }
    let root = paths(context)?.repository_root;
    for doubt in composition::doubts(&context.environment, &context.places()?, root.as_ref())? {
        context.output.note(&doubt.to_string());
    }
    let files: Vec<ShownFile> = files(context)?.into_iter().filter(|file| file.exists).collect();
    context.output.answer(&files, |_| match files.as_slice() {
        [] => "There is no configuration file: the defaults hold.\n".to_owned(),
        files => files.iter().map(|file| format!("{}: valid\n", file.path)).collect(),
    })
}

fn schema(context: &Context) -> Result<(), Failure> {
    let schema = owt_config::json_schema();
    // An editor wants the schema itself, whether it was asked for in JSON or not.
    context.output.answer(&schema, |_| format!("{schema:#}\n"))
}

fn path(context: &Context) -> Result<(), Failure> {
    let files = files(context)?;
    context.output.answer(&files, |_| {
        let line = |file: &ShownFile| {
            let missing = if file.exists { "" } else { " (does not exist)" };
            format!("{}{missing}\n", file.path)
        };
        files.iter().map(line).collect()
    })
}

fn files(context: &Context) -> Result<Vec<ShownFile>, Failure> {
    let shown = |layer, path: AbsPath| {
        let exists = path.as_path().exists();
        ShownFile { layer, path: path.as_str().to_owned(), exists }
    };
    let paths = paths(context)?;
    let user = shown("user", paths.user_file());
    let repository = paths.repository_file().map(|path| shown("repository", path));
    Ok([user].into_iter().chain(repository).collect())
}

/// Lets the person edit a file, and checks what has come of it.
fn edit(repository: bool, context: &Context) -> Result<(), Failure> {
    let paths = paths(context)?;
    let file = match repository {
        true => paths.repository_file().ok_or_else(|| Failure::usage("this is no repository"))?,
        false => paths.user_file(),
    };
    if !context.output.has_terminal() {
        return Err(Failure::usage("there is no terminal here for an editor")
            .hint(format!("the file is {file}; check it afterwards: owt config validate")));
    }
    if repository {
        begin(&file, "")?;
    } else {
        // A repository's file has readers whose schema lies elsewhere.
        keep_schema(&file)?;
        begin(&file, &format!("#:schema ./{SCHEMA}\n"))?;
    }
    let editor = editor::command(&context.environment)?.arg(file.as_str());
    let ended = editor.spawn(Streams::inherited())?.wait()?;
    if !ended.success() {
        return Err(Failure::new(ErrorCode::Internal, format!("the editor ended badly: {ended}"))
            .hint("the file is as the editor left it; check it: owt config validate"));
    }
    validate(context)
}

/// Begins a file that is not there: a first line, and all settings as comments.
fn begin(file: &AbsPath, first: &str) -> Result<(), Failure> {
    make_folder_of(file)?;
    let text = format!("{first}{}", owt_config::commented());
    match OpenOptions::new().write(true).create_new(true).open(file.as_path()) {
        Ok(mut made) => made.write_all(text.as_bytes()).map_err(|error| unwritten(file, &error)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unwritten(file, &error)),
    }
}

/// Puts the schema of this very program beside the person's file, where its first line tells editors to look for it
/// (the `#:schema` directive of Taplo 0.8 and of the editors that use it).
fn keep_schema(file: &AbsPath) -> Result<(), Failure> {
    make_folder_of(file)?;
    let schema = file.parent().unwrap_or_else(|| file.clone()).join(SCHEMA);
    let text = format!("{:#}\n", owt_config::json_schema());
    std::fs::write(schema.as_path(), text).map_err(|error| unwritten(&schema, &error))
}

fn make_folder_of(file: &AbsPath) -> Result<(), Failure> {
    let folder = file.as_path().parent();
    folder.map_or(Ok(()), std::fs::create_dir_all).map_err(|error| unwritten(file, &error))
}

fn unwritten(file: &AbsPath, error: &io::Error) -> Failure {
    Failure::new(ErrorCode::HomeNotWritable, format!("{file}: {}", in_words(error)))
}
