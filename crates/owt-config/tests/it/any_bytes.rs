//! What must hold of any configuration file. The fuzz targets (`fuzz/`) and the bounded property run (`faults`) try it.

use owt_config::SourceFile;
use owt_config::Sources;
use owt_config::assemble;
use owt_core::AbsPath;

/// A file is read, or refused with one line for each fault.
pub(crate) fn configuration(bytes: &[u8]) {
    let path = AbsPath::new("/srv/shop/.worktreerc").expect("an absolute path");
    let file = SourceFile { path, text: String::from_utf8_lossy(bytes).into_owned() };
    let of_user = Sources { user: Some(&file), ..Sources::default() };
    let of_repository = Sources { repository: Some(&file), ..Sources::default() };
    for sources in [of_user, of_repository] {
        if let Err(error) = assemble(&sources) {
            assert!(!error.problems.is_empty());
            assert_eq!(error.to_string().lines().count(), error.problems.len(), "one line a fault");
        }
    }
}
