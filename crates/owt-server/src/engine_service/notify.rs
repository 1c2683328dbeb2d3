//! The ways by which the person is told, on the wire.

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::notice::Channel;
use owt_core::notice::Notice;
use owt_core::notice::TellingRules;
use owt_core::status::holds_message;
use owt_core::warning::Warning;
use owt_engine::WorkspaceView;
use owt_engine::use_cases::ChannelReport;
use owt_engine::use_cases::NotifyWaysError;
use owt_engine::use_cases::Trial;

use super::problem;
use super::to_wire::time;

pub(super) fn trial(test: &api::NotifyTest) -> Result<Trial, Problem> {
    match test {
        api::NotifyTest::Nothing => Ok(Trial::Nothing),
        api::NotifyTest::All => Ok(Trial::All),
        api::NotifyTest::One(word) => {
            let channel = Channel::ALL.into_iter().find(|channel| channel.as_str() == word);
            let unknown = || {
                let words = Channel::ALL.map(Channel::as_str).join(", ");
                Problem::new(ErrorCode::Usage, format!("'{word}' is no channel ({words})"))
            };
            channel.map(Trial::One).ok_or_else(unknown)
        }
    }
}

pub(super) fn refused(error: &NotifyWaysError) -> Problem {
    match error {
        NotifyWaysError::Denied(reason) => problem::denied(*reason),
        NotifyWaysError::Settings(error) => problem::settings(error),
        NotifyWaysError::NotConfigured(channel) => Problem::new(ErrorCode::Usage, error.to_string())
            .hint(format!("set notify.{} in your configuration: owt config edit", channel.as_str())),
    }
}

pub(super) fn notify((rules, reports): (TellingRules, Vec<ChannelReport>)) -> api::Notify {
    api::Notify {
        events: rules.interests.to_string(),
        quiet_hours: rules.quiet_hours.to_string(),
        channels: reports.into_iter().map(channel).collect(),
    }
}

fn channel(report: ChannelReport) -> api::NotifyChannel {
    let ChannelReport { channel, on, health, tried } = report;
    let (error_at, before) = health.trouble.map(|(at, why)| (time(at), why)).unzip();
    let failed_now = tried.as_ref().and_then(|result| result.as_ref().err()).map(ToString::to_string);
    api::NotifyChannel {
        channel: channel.as_str().to_owned(),
        on,
        told: health.told,
        failed: health.failed,
        dropped: health.dropped,
        error: failed_now.or(before),
        error_at,
        test: tried.map(|result| if result.is_ok() { "told" } else { "failed" }.to_owned()),
    }
}

pub(super) fn attention(view: &WorkspaceView) -> api::Attention {
    api::Attention {
        last_activity_at: view.last_activity.map(time),
        unread: view.is_unread(),
        held_message: view.attempt.as_ref().is_some_and(|(_, attempt)| holds_message(attempt)),
        uncertain_message: view.has_uncertain(),
        warnings: view.warnings.iter().map(warning).collect(),
        notice: view.attention.as_ref().and_then(|it| it.recent.last()).map(notice),
    }
}

fn warning(warning: &Warning) -> api::Warning {
    api::Warning { kind: warning.kind.as_str().to_owned(), since: time(warning.since) }
}

fn notice(notice: &Notice) -> api::Notice {
    api::Notice {
        number: notice.number,
        kind: notice.kind.as_str().to_owned(),
        at: time(notice.at),
        detail: notice.detail.clone(),
        channels: notice.ways.iter().map(|channel| channel.as_str().to_owned()).collect(),
    }
}
