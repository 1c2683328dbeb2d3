//! `owt critic`.

use clap::Args;
use clap::ValueEnum;
use owt_api::CriticRule;
use owt_api::CriticiseWorkspace;
use owt_api::Criticism;
use owt_api::Deed;
use owt_api::ErrorCode;
use owt_api::Verdict;
use owt_core::critic::RULES;
use owt_tui::text::one_line;

use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::review;

const EXAMPLES: &str = "\
Examples:
  owt critic ship auth-jwt              what stands against shipping it
  owt critic merge auth-jwt --into release
  owt critic delete auth-jwt            what would be lost
  owt critic --rules                    what it looks for";

/// Review a workspace before its work lands or goes: exit 0 when nothing stands against it, 3 when something does.
///
/// The same rules decide when you ship or merge it. They are deterministic; your configuration and that of the branch to
/// land in say how much each weighs (`[critic]`). Nothing is changed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CriticArgs {
    /// What is to be done with it.
    #[arg(value_name = "DEED", value_enum, required_unless_present = "rules")]
    deed: Option<DeedWord>,
    /// The workspace: its name, branch, folder, or a unique abbreviation.
    #[arg(value_name = "NAME", required_unless_present = "rules")]
    name: Option<String>,
    /// The branch to land in (default: the one that the workspace was made from).
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// List the rules.
    #[arg(long, conflicts_with_all = ["deed", "name", "into"])]
    rules: bool,
}

/// What is to be done with a workspace.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum DeedWord {
    /// Commit what is left, and land it.
    Ship,
    /// Land what is committed.
    Merge,
    /// Remove it.
    Delete,
}

pub(super) fn run(args: &CriticArgs, context: &Context) -> Result<(), Failure> {
    let (Some(deed), Some(name)) = (args.deed, &args.name) else { return rules(context) };
    let request = CriticiseWorkspace {
        workspace: selector(name, context),
        deed: match deed {
            DeedWord::Ship => Deed::Ship,
            DeedWord::Merge => Deed::Merge,
            DeedWord::Delete => Deed::Delete,
        },
        into: args.into.clone(),
    };
    let criticism = context.ask("looking at the work", |client| client.critic(&request))?;
    if criticism.verdict == Verdict::Blocked {
        return Err(blocked(&criticism));
    }
    context.output.answer(&criticism, |_| told(&criticism))
}

fn rules(context: &Context) -> Result<(), Failure> {
    let rules: Vec<CriticRule> = RULES
        .iter()
        .map(|rule| CriticRule {
            rule: rule.name.to_string(),
            severity: rule.severity.to_string(),
            repository_may_lower: rule.repository_may_lower,
            about: rule.about.to_owned(),
        })
        .collect();
    context.output.answer(&rules, |_| {
        rules.iter().map(|rule| format!("{:<20} {:<4}  {}\n", rule.rule, rule.severity, rule.about)).collect()
    })
}

fn blocked(criticism: &Criticism) -> Failure {
    let name = one_line(&criticism.name);
    let found = review::findings(&criticism.findings, criticism.more);
    let message = format!("'{name}' is not fit to {}:\n{}", word(criticism.deed), found.trim_end());
    Failure::new(ErrorCode::CriticDenied, message)
        .hint(format!(
            "settle what is denied, or say in your own configuration how much a rule weighs ([critic] warn = [\"RULE\"]); see it \
             with owt diff {name}"
        ))
        .with_data(serde_json::json!(criticism))
}

fn told(criticism: &Criticism) -> String {
    let name = one_line(&criticism.name);
    let verdict = match criticism.verdict {
        Verdict::Off => {
            return format!("The critic is switched off by your configuration; nobody looked at '{name}'.\n");
        }
        Verdict::Warned => "should be looked at first",
        Verdict::Clear | Verdict::Blocked => "is clear",
    };
    let found = review::findings(&criticism.findings, criticism.more);
    format!("'{name}' {verdict} ({}).\n{found}", word(criticism.deed))
}

const fn word(deed: Deed) -> &'static str {
    match deed {
        Deed::Ship => "ship",
        Deed::Merge => "merge",
        Deed::Delete => "delete",
    }
}
