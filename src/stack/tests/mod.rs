//! Text in, stack or diagnostics out, by the part of the language.

mod demo;
