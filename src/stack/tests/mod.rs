//! Text in, stack or diagnostics out, by the part of the language.

mod canonical;
mod demo;
mod diagnostics;
mod environment;
mod files;
mod inputs;
mod language;
mod options;
mod readiness;
mod requirements;
mod robust;
mod seeds;
