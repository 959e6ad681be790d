//! What must be absent, and what must be there: the house rules of ARCHITECTURE.md, read off the source tree.

mod layers;
mod pages;
mod source;
mod tree;
mod wildcards;
mod words;
