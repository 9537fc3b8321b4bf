//! What is wrong with a form, message for message.
//!
//! Not hostile bodies. Invariants: the messages are those that stand in the catalogue; they stand in the order of the fields.
