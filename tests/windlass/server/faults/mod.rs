//! What may go wrong around a server, one test for each kind that no other test has; the page on operations says which test has which.

mod panics;
mod pauses;
mod rules;
mod silence;
mod storms;

use super::attacks::names_tests_that_exist;

#[test]
fn the_page_on_operations_names_tests_that_exist() {
    names_tests_that_exist("docs/operations.md", "## What may go wrong");
}
