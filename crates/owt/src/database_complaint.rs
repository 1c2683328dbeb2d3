//! What should be done about a database. Pure; for `owt db health --check` and `owt doctor`.

use std::time::Duration;

use owt_api::DatabaseHealth;
use owt_api::DatabaseIntegrity;
use owt_api::ErrorCode;
use owt_config::Settings;

use crate::rendering::amount::bytes;
use crate::rendering::span::duration;

/// From when on something should be done.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Thresholds {
    /// Size of the file, in bytes.
    size: Option<u64>,
    /// Size of its log, in bytes.
    log: Option<u64>,
    /// Age of its newest backup.
    backup_age: Option<Duration>,
}

impl Thresholds {
    /// As the settings say.
    pub(crate) const fn of(settings: &Settings) -> Self {
        let database = &settings.database;
        Self {
            size: database.max_size.value.bytes(),
            log: database.max_log.value.bytes(),
            backup_age: database.max_backup_age.value.duration(),
        }
    }
}

/// Something that should be done about a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// The code of the error that says so.
    pub(crate) code: ErrorCode,
    /// What is wrong.
    pub(crate) what: String,
    /// What to do.
    pub(crate) remedy: String,
}

/// What should be done, the worst first. `way_back` is what helps against damage.
pub(crate) fn complaints(
    health: &DatabaseHealth,
    thresholds: Thresholds,
    now: jiff::Timestamp,
    way_back: &str,
) -> Vec<Complaint> {
    if health.integrity == DatabaseIntegrity::Damaged {
        let what = format!("the database is damaged: {}", health.complaints.join("; "));
        return vec![Complaint { code: ErrorCode::DatabaseDamaged, what, remedy: way_back.to_owned() }];
    }
    let unhealthy = |what: String, remedy: &str| Complaint {
        code: ErrorCode::DatabaseUnhealthy,
        what,
        remedy: remedy.to_owned(),
    };
    let size = over(health.size_bytes, thresholds.size).map(|limit| {
        let what = format!(
            "the database has {}, more than {} (database.max_size)",
            bytes(health.size_bytes),
            bytes(limit)
        );
        unhealthy(what, "close its holes: owt db vacuum; or allow it more in your configuration")
    });
    let log = over(health.wal_bytes, thresholds.log).map(|limit| {
        let what =
            format!("its log has {}, more than {} (database.max_log)", bytes(health.wal_bytes), bytes(limit));
        unhealthy(what, "fold it into the file: owt db vacuum")
    });
    [backup(health, thresholds, now), size, log].into_iter().flatten().collect()
}

/// One of which nothing is known is as good as none.
fn backup(health: &DatabaseHealth, thresholds: Thresholds, now: jiff::Timestamp) -> Option<Complaint> {
    let complaint = |what: String| Complaint {
        code: ErrorCode::DatabaseUnhealthy,
        what,
        remedy: "make one: owt db backup".to_owned(),
    };
    let newest = health.backups.first().and_then(|backup| backup.taken_at.parse::<jiff::Timestamp>().ok());
    let Some(newest) = newest else {
        return (health.events > 0).then(|| complaint("the database has no backup".to_owned()));
    };
    let age = Duration::try_from(now.duration_since(newest)).unwrap_or_default();
    let limit = thresholds.backup_age.filter(|limit| age > *limit)?;
    Some(complaint(format!(
        "its newest backup is {} old, more than {} (database.max_backup_age)",
        duration(age.as_secs()),
        duration(limit.as_secs())
    )))
}

/// The limit, where it is exceeded.
fn over(bytes: u64, limit: Option<u64>) -> Option<u64> {
    limit.filter(|limit| bytes > *limit)
}

#[cfg(test)]
mod tests {
    use owt_api::DatabaseBackup;

    use super::*;

    const NOW: i64 = 100 * 86_400;

    fn health(size_bytes: u64, wal_bytes: u64, backup_days_ago: Option<i64>) -> DatabaseHealth {
        let taken_at = |days: i64| jiff::Timestamp::from_second(NOW - days * 86_400).unwrap().to_string();
        let backup = |days| DatabaseBackup { path: "/b".to_owned(), taken_at: taken_at(days), size_bytes: 1 };
        DatabaseHealth {
            schema_version: 1,
            size_bytes,
            wal_bytes,
            streams: 1,
            events: 1,
            integrity: DatabaseIntegrity::Ok,
            complaints: Vec::new(),
            backups: backup_days_ago.map(backup).into_iter().collect(),
        }
    }

    fn told(health: &DatabaseHealth, thresholds: Thresholds) -> Vec<String> {
        let now = jiff::Timestamp::from_second(NOW).unwrap();
        complaints(health, thresholds, now, "").into_iter().map(|complaint| complaint.remedy).collect()
    }

    #[test]
    fn what_exceeds_its_threshold_is_told() {
        let days = |days: u64| Duration::from_secs(days * 86_400);
        let thresholds =
            Thresholds { size: Some(10_000_000), log: Some(1_000_000), backup_age: Some(days(30)) };
        let (backup, size) = (
            "make one: owt db backup",
            "close its holes: owt db vacuum; or allow it more in your configuration",
        );
        let log = "fold it into the file: owt db vacuum";
        for (health, expected) in [
            (health(10_000_000, 1_000_000, Some(30)), vec![]),
            (health(10_000_001, 0, Some(0)), vec![size]),
            (health(0, 1_000_001, Some(0)), vec![log]),
            (health(0, 0, Some(31)), vec![backup]),
            (health(0, 0, None), vec![backup]),
            (health(11_000_000, 2_000_000, None), vec![backup, size, log]),
        ] {
            assert_eq!(told(&health, thresholds), expected);
        }
        let none = Thresholds { size: None, log: None, backup_age: None };
        assert_eq!(told(&health(u64::MAX, u64::MAX, Some(99)), none), [""; 0]);
        let new = DatabaseHealth { events: 0, ..health(0, 0, None) };
        assert_eq!(told(&new, thresholds), [""; 0]);
    }

    #[test]
    fn sizes_and_ages_are_said_in_units_that_fit() {
        let thresholds =
            Thresholds { size: Some(1_000), log: Some(2_000), backup_age: Some(Duration::from_secs(60)) };
        let now = jiff::Timestamp::from_second(NOW + 150).unwrap();
        let said: Vec<String> = complaints(&health(77_824, 9_500, Some(0)), thresholds, now, "")
            .into_iter()
            .map(|complaint| complaint.what)
            .collect();
        assert_eq!(
            said,
            [
                "its newest backup is 2m old, more than 1m (database.max_backup_age)",
                "the database has 77 kB, more than 1.0 kB (database.max_size)",
                "its log has 9.5 kB, more than 2.0 kB (database.max_log)",
            ]
        );
    }

    #[test]
    fn damage_is_all_that_matters() {
        let damaged = DatabaseHealth { integrity: DatabaseIntegrity::Damaged, ..health(u64::MAX, 0, None) };
        let none = Thresholds { size: Some(1), log: None, backup_age: None };
        let now = jiff::Timestamp::from_second(NOW).unwrap();
        let [only] = &complaints(&damaged, none, now, "restore it")[..] else { panic!() };
        assert_eq!((only.code, only.remedy.as_str()), (ErrorCode::DatabaseDamaged, "restore it"));
    }
}
