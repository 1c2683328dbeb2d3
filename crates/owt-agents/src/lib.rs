//! What each agent program is: manifests, launch specs, event parsers, screen rules; all pure.
