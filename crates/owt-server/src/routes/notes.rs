//! Notes of repositories.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn write(desk: Desk, Asked(request): Asked<api::WriteNote>) -> Answer<api::NoteWritten> {
    desk.work(move |service, call| service.write_note(call, request)).await
}

pub(super) async fn list(desk: Desk, Asked(request): Asked<api::ListNotes>) -> Answer<api::NotePage> {
    desk.work(move |service, call| service.notes(call, request)).await
}

pub(super) async fn remove(desk: Desk, Asked(request): Asked<api::RemoveNotes>) -> Answer<api::NotesRemoved> {
    desk.work(move |service, call| service.remove_notes(call, request)).await
}
