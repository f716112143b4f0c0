//! What a decision is made from: gathered once, and kept so that the same decision can be made again.
//!
//! Everything that is read becomes a [`Material`]: its role, its name, its bytes, and their digest. [`Grounds`] is read from the materials
//! that do not depend on the artifact (policy, exceptions, trusted roots, advisories, VEX), [`Gathered`] from those that do (the artifact,
//! evidence, SBOMs, what a scan found). Neither reads anything else, so that a replay which is handed the same materials decides
//! from the same.
//!
//! ```text
//! let subjects = gather::subjects(&subjects, &arguments, offline)?;
//! let grounds = Grounds::read(&arguments, Some(&subjects), ui)?;
//! let gathered = Gathered::read(&subject, &grounds, &arguments, offline, ui)?;
//! let decision = gathered.decide(&grounds);
//! ```

mod attached;
mod grounds;
mod known;
mod material;
mod observe;
mod rego;
mod subject;

pub(in crate::commands) use self::grounds::{Grounds, Settings};
pub(in crate::commands) use self::known::Gathered;
pub(in crate::commands) use self::material::{Content, Material, Role};
pub(in crate::commands) use self::subject::{Subject, subjects};
