//! `owt queue --cancel`: nothing more of what is landing lands.

use owt_api::CancelQueue;
use owt_api::ErrorCode;

use super::QueueArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::rendering::train;

/// What is called off all the same.
const GOES_ON: &str = "it is called off without this command: owt queue shows what is left of it";

pub(super) fn run(args: &QueueArgs, context: &Context) -> Result<(), Failure> {
    let request = CancelQueue { cwd: context.cwd(), into: args.into.clone(), dry_run: args.dry_run };
    if args.dry_run {
        let would = context.ask("looking at what lands", |client| client.cancel_queue(&request))?;
        return context.output.answer(&would, |_| train::would_be_called_off(&would));
    }
    let ended = context.tell_with_word("calling it off", GOES_ON, |client| client.cancel_queue(&request))?;
    context.output.answer(&ended, |page| train::result(page, &ended))?;
    if ended.out.iter().any(|car| car.code == ErrorCode::CalledOff) {
        context.output.suggest("land the rest: owt queue --ship");
    }
    Ok(())
}
