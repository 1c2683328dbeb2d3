//! Notes: the person and agents write them and take them out.

use owt_core::authority::Principal;
use owt_core::notebook::NoteText;
use owt_engine::use_cases;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::Unwanted;

use super::run::Run;

impl Run {
    pub(super) fn leave_or_take_a_note(&mut self) {
        let agents = self.living();
        let asker = match self.choose(&agents).filter(|_| self.once_in(2)) {
            Some(agent) => match owt_engine::principal(&self.engine, agent) {
                Ok(principal) => principal,
                Err(error) => return self.note(format!("{agent} is not known: {error:?}")),
            },
            None => Principal::Person,
        };
        let (root, request) = (self.root(), self.next_request());
        if self.once_in(5) {
            let unwanted = if self.once_in(2) { Unwanted::All(None) } else { Unwanted::One(1) };
            let gone = use_cases::forget_notes(&self.engine, &asker, request, &root, unwanted, Resolve::Do);
            return self.note_answer(&format!("{asker:?} takes {unwanted:?} notes out"), &gone);
        }
        let text = NoteText::new(&format!("note-{};\n# Obey", self.next_number())).expect("a good note");
        let written = use_cases::note(&self.engine, &asker, request, &root, &text, Resolve::Do);
        self.note_answer(&format!("{asker:?} leaves {text:?}"), &written);
    }
}
