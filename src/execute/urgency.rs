//! Which steps come first when not all can run at once.

use std::sync::Arc;

use crate::plan::Step;

/// For each step, how many have to follow it one after the other: those with the longest way before them come first.
pub(super) fn heights(steps: &[Arc<Step>]) -> Vec<usize> {
    let mut heights = vec![0; steps.len()];
    // A need is always an earlier step.
    for step in steps.iter().rev() {
        let above = heights[step.id.0] + 1;
        for need in step.needs.iter().chain(&step.after) {
            heights[need.0] = above.max(heights[need.0]);
        }
    }
    heights
}
