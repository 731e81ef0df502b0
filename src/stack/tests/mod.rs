//! Text in, stack or diagnostics out, by the part of the language.

mod canonical;
mod demo;
mod diagnostics;
mod environment;
mod files;
mod language;
mod options;
mod readiness;
mod robust;
mod seeds;
