//! Every error that ends a command: its code, message, hint and exit code are decided here and nowhere else.

use owt_api::ErrorCode;
use owt_api::Problem;
use owt_client::ClientError;
use owt_config::FolderError;
use owt_config::InvalidConfiguration;
use owt_config::PlacesError;
use owt_core::text::PromptError;
use owt_process::ProcessError;
use owt_server::InstanceError;
use owt_server::ServeError;
use owt_server::SocketError;
use serde_json::Value;

/// How a command ends that did not do all it should.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// It failed, or was refused.
    Problem(Box<Failed>),
    /// Nobody reads our output any more (`owt list | head`): that is no fault.
    ReaderGone,
    /// A part of the program that speaks for itself ended with this code.
    Silent(u8),
}

/// A problem, with what was done before it arose.
#[derive(Debug, Clone)]
pub(crate) struct Failed {
    pub(crate) problem: Problem,
    pub(crate) data: Option<Value>,
}

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Problem::new(code, message).into()
    }

    /// The same failure with what to do about it.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Problem(failed) => {
                Self::Problem(Box::new(Failed { problem: failed.problem.hint(hint), ..*failed }))
            }
            other => other,
        }
    }

    /// The same failure with what was done all the same.
    pub(crate) fn with_data(self, data: Value) -> Self {
        match self {
            Self::Problem(failed) => Self::Problem(Box::new(Failed { data: Some(data), ..*failed })),
            other => other,
        }
    }

    /// The end of a part of the program that speaks for itself.
    pub(crate) const fn of_exit_code(code: u8) -> Result<(), Self> {
        match code {
            0 => Ok(()),
            code => Err(Self::Silent(code)),
        }
    }

    /// Whether it has this code.
    pub(crate) fn is(&self, code: ErrorCode) -> bool {
        matches!(self, Self::Problem(failed) if failed.problem.code == code)
    }

    /// A usage error.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Usage, message)
    }

    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Problem(failed) => failed.problem.code.class().exit_code(),
            Self::ReaderGone => 0,
            Self::Silent(code) => *code,
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(Failed { problem, data: None }))
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Problem::from(error).into()
    }
}

impl From<PlacesError> for Failure {
    fn from(error: PlacesError) -> Self {
        let (code, hint) = match &error {
            PlacesError::OldVariable { .. } => (ErrorCode::RenamedWord, "unset the old variable"),
            PlacesError::RelativeHome(_) | PlacesError::NoHome => {
                (ErrorCode::Usage, "set OWT_HOME to an absolute path")
            }
            PlacesError::SocketPathTooLong { .. } => {
                (ErrorCode::SocketPathTooLong, "for example: XDG_RUNTIME_DIR=/run/user/$(id -u)")
            }
        };
        Self::new(code, error.to_string()).hint(hint)
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        let code = match &error {
            FolderError::NoSpace(_) => ErrorCode::NoSpace,
            FolderError::DataNotWritable { .. } => ErrorCode::HomeNotWritable,
            FolderError::Runtime { .. } | FolderError::NotOurs { .. } => ErrorCode::HomeNotWritable,
        };
        Self::new(code, error.to_string()).hint("OWT_HOME names another folder for everything that owt keeps")
    }
}

impl From<InvalidConfiguration> for Failure {
    fn from(error: InvalidConfiguration) -> Self {
        let lines: Vec<String> = error.problems.iter().map(ToString::to_string).collect();
        Self::new(ErrorCode::BadConfiguration, lines.join("\n"))
            .hint("nothing was done; mend the file and try again")
    }
}

impl From<PromptError> for Failure {
    fn from(error: PromptError) -> Self {
        match error {
            PromptError::Empty => Self::new(ErrorCode::EmptyTask, "the text is empty")
                .hint("say it in quotes, or name a file that holds it"),
            PromptError::Nul(_) => Self::new(ErrorCode::BadPrompt, error.to_string())
                .hint("a prompt is text: take the byte out, or name the file it came from in the prompt"),
            PromptError::TooLarge(_) => Self::new(ErrorCode::BadPrompt, error.to_string())
                .hint("put the material into files of the repository and name them in the prompt"),
        }
    }
}

/// What the system said, without its number.
pub(crate) fn in_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// No task was given.
pub(crate) fn empty_task() -> Failure {
    Failure::new(ErrorCode::EmptyTask, "there is no task")
        .hint("say what should be done: owt new \"Add user authentication with JWT\"")
}

impl From<ProcessError> for Failure {
    fn from(error: ProcessError) -> Self {
        let code = match &error {
            ProcessError::NoSpace { .. } => ErrorCode::NoSpace,
            _ => ErrorCode::Internal,
        };
        let mut message = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            message.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Self::new(code, message)
    }
}

impl From<InstanceError> for Failure {
    fn from(error: InstanceError) -> Self {
        match error {
            InstanceError::Held(held) => {
                let pid = held.pid.map(|pid| format!(" (process {pid})"));
                Self::new(
                    ErrorCode::ServerRunning,
                    format!("a server is running already{}", pid.unwrap_or_default()),
                )
                .hint("stop it with: owt server stop")
            }
            InstanceError::Io { path, source } => {
                Self::new(ErrorCode::HomeNotWritable, format!("{}: {source}", path.display()))
                    .hint("OWT_HOME names another folder for everything that owt keeps")
            }
        }
    }
}

impl From<SocketError> for Failure {
    fn from(error: SocketError) -> Self {
        match error {
            SocketError::TooLong { .. } => Self::new(ErrorCode::SocketPathTooLong, error.to_string())
                .hint("set XDG_RUNTIME_DIR or TMPDIR to a shorter folder"),
            SocketError::UnsafeFolder { .. } | SocketError::Io { .. } => {
                Self::new(ErrorCode::HomeNotWritable, error.to_string())
            }
        }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        Self::new(ErrorCode::Internal, error.to_string())
    }
}
