//! `owt queue --ship`: what would land, the person's word, and what comes of it while they look on.

use std::ops::ControlFlow;

use owt_api::ErrorCode;
use owt_api::ShipQueue;
use owt_api::ShippedQueue;
use owt_api::TrainChunk;
use owt_api::TrainState;
use owt_api::WatchTrain;
use owt_client::ClientError;
use owt_core::counting::counted;

use super::QueueArgs;
use super::settling;
use crate::command::watch;
use crate::command::watch::Heard;
use crate::command::watch::Watched;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Form;
use crate::question;
use crate::rendering::train;

/// What goes on without us.
const GOES_ON: &str = "the train goes on without this command: owt queue shows it, owt queue --ship joins it";

pub(super) fn run(args: &QueueArgs, context: &Context) -> Result<(), Failure> {
    let request = |dry_run| ShipQueue { cwd: context.cwd(), into: args.into.clone(), dry_run };
    let would = context.ask("looking ahead", |client| client.ship_queue(&request(true)))?;
    if args.dry_run {
        return context.output.answer(&would, |page| train::ahead(page, &would));
    }
    // One that is under way has had the person's word.
    if would.state != TrainState::WouldLand || would.cars.is_empty() && would.out.is_empty() {
        return ended(&settling::after(followed(would, context)?, args, context)?, context);
    }
    if !args.yes {
        agreed(&would, context)?;
    }
    let begun = context.tell_with_word("beginning", GOES_ON, |client| client.ship_queue(&request(false)))?;
    ended(&settling::after(followed(begun, context)?, args, context)?, context)
}

/// The person's word, with what they say yes to before them.
fn agreed(would: &ShippedQueue, context: &Context) -> Result<(), Failure> {
    let ahead = train::ahead(&context.output.page(), would);
    if !context.output.can_ask() {
        let message = format!("it needs your word:\n{}", ahead.trim_end());
        return Err(Failure::new(ErrorCode::NeedsConfirmation, message)
            .hint("say --yes to do it")
            .with_data(serde_json::json!(would)));
    }
    context.output.say(ahead.trim_end());
    context.watch_for_interrupt("nothing was shipped");
    match question::confirm(&context.output, "Ship it?")? {
        true => Ok(()),
        false => Err(Failure::new(ErrorCode::NeedsConfirmation, "nothing was shipped")),
    }
}

/// Looks on until it has ended.
fn followed(begun: ShippedQueue, context: &Context) -> Result<ShippedQueue, Failure> {
    let Some(id) = begun.train.clone() else { return Ok(begun) };
    context.watch_for_interrupt(GOES_ON);
    watched(&WatchTrain { train: id }, context)
}

/// Follows a train to its end.
fn watched(request: &WatchTrain, context: &Context) -> Result<ShippedQueue, Failure> {
    let mut last: Option<ShippedQueue> = None;
    watch::through_servers(|heard| {
        watch_once(request, context, &mut |told| {
            *heard = if told.state == TrainState::Ended { Heard::Everything } else { Heard::Something };
            if context.output.form() == Form::Text {
                train::news(last.as_ref(), &told).iter().for_each(|line| context.output.say(line));
            }
            last = Some(told);
        })
    })?;
    last.filter(|last| last.state == TrainState::Ended).ok_or_else(|| {
        Failure::new(ErrorCode::ServerUnreachable, "the server says no more of the train; it goes on")
            .hint("owt queue --ship joins it again")
    })
}

/// One watch, by one server.
fn watch_once(request: &WatchTrain, context: &Context, each: &mut dyn FnMut(ShippedQueue)) -> Watched {
    let mut broken = Ok(());
    let watched = context.client()?.watch_train(request, |chunk| match chunk {
        TrainChunk::Told { train } => {
            each(*train);
            ControlFlow::Continue(())
        }
        TrainChunk::Broken { problem } => {
            broken = Err(ClientError::Refused(problem));
            ControlFlow::Break(())
        }
    });
    Ok(watched.and(broken))
}

fn ended(shipped: &ShippedQueue, context: &Context) -> Result<(), Failure> {
    let page = context.output.page();
    let left = || shipped.out.iter().filter(|car| car.is_left());
    if left().next().is_none() {
        context.output.answer(shipped, |page| train::result(page, shipped))?;
        if let Some(landed) = shipped.landed.first() {
            context.output.suggest(&format!("bring a workspace back: owt restore {}", landed.workspace));
        }
        return Ok(());
    }
    let (stays, told) = (left().count(), train::result(&page, shipped));
    let all = counted(stays + shipped.landed.len(), "workspace", "workspaces");
    let message = format!("the work of {stays} of {all} has not landed:\n{}", told.trim_end());
    let all_are = |code| left().all(|car| car.code == code);
    let hint = match () {
        () if all_are(ErrorCode::CalledOff) => "land the rest: owt queue --ship",
        () if all_are(ErrorCode::TargetDirty) => {
            "commit what is named, or put it away; then land the rest: owt queue --ship"
        }
        () => "settle it in those workspaces, then owt queue --ship again",
    };
    Err(Failure::new(ErrorCode::ShipIncomplete, message).hint(hint).with_data(serde_json::json!(shipped)))
}
