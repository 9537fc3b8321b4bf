//! One text of SQL, asked of whichever database there is.
//!
//! Not the texts: each stands beside its caller. Invariants: what is asked is the same text with the same values for SQLite and PostgreSQL; a value
//! that is not there has its type all the same, which PostgreSQL asks for; nothing here knows what a table is for.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::sqlite::{SqliteArguments, SqlitePool, SqliteRow};
use sqlx::{Arguments, ColumnIndex, Decode, Encode, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite};
use sqlx::{Row, Transaction, Type};

/// Connections to one of both.
#[derive(Debug)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A connection within its transaction.
#[derive(Debug)]
pub(crate) enum Within {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// One transaction: it sees what it decides on, and nobody else writes until it ends. Where it is dropped nothing of it was done.
#[derive(Debug)]
pub(crate) struct Tx(pub(super) Within);

impl Pool {
    pub(super) async fn close(&self) {
        match self {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        match self {
            Pool::Sqlite(pool) => pool.is_closed(),
            Pool::Postgres(pool) => pool.is_closed(),
        }
    }
}

impl Tx {
    /// All of it is done, and flushed.
    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self.0 {
            Within::Sqlite(at) => at.commit().await,
            Within::Postgres(at) => at.commit().await,
        }
    }
}

impl Deref for Tx {
    type Target = Within;

    fn deref(&self) -> &Within {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Within {
        &mut self.0
    }
}

/// Where something is asked: outside of any transaction, or within one.
pub(crate) enum On<'a> {
    Pool(&'a Pool),
    Within(&'a mut Within),
}

impl<'a> From<&'a Pool> for On<'a> {
    fn from(pool: &'a Pool) -> On<'a> {
        On::Pool(pool)
    }
}

impl<'a> From<&'a mut Within> for On<'a> {
    fn from(at: &'a mut Within) -> On<'a> {
        On::Within(at)
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Text,
    Bytes,
}

/// What is put in place of a `$1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    Number(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! value_from {
    ($($type:ty => $kind:ident, $one:ident, $put:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($one: $type) -> Value {
                Value::$kind($put)
            }
        }
    )*};
}

value_from! {
    i64 => Number, one, Some(one);
    &i64 => Number, one, Some(*one);
    Option<i64> => Number, one, one;
    String => Text, one, Some(one);
    &String => Text, one, Some(one.clone());
    &str => Text, one, Some(one.to_owned());
    Option<&str> => Text, one, one.map(str::to_owned);
    &Option<String> => Text, one, one.clone();
    Vec<u8> => Bytes, one, Some(one);
    &Vec<u8> => Bytes, one, Some(one.clone());
    &[u8] => Bytes, one, Some(one.to_vec());
    Option<Vec<u8>> => Bytes, one, one;
    &Option<Vec<u8>> => Bytes, one, one.clone();
}

/// What can be read out of a row of either.
pub(crate) trait FromEither: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> FromEither for T {}

/// A text with its values.
pub(crate) struct Query {
    text: SqlStr,
    values: Vec<Value>,
}

/// The same, whose rows are read as something.
pub(crate) struct QueryAs<T>(Query, PhantomData<fn() -> T>);

/// The same, of which one column is read.
pub(crate) struct QueryScalar<T>(Query, PhantomData<fn() -> T>);

/// As `sqlx::query`.
pub(crate) fn query(text: impl SqlSafeStr) -> Query {
    Query { text: text.into_sql_str(), values: Vec::new() }
}

/// As `sqlx::query_as`.
pub(crate) fn query_as<T: FromEither>(text: impl SqlSafeStr) -> QueryAs<T> {
    QueryAs(query(text), PhantomData)
}

/// As `sqlx::query_scalar`.
pub(crate) fn query_scalar<T>(text: impl SqlSafeStr) -> QueryScalar<T>
where
    (T,): FromEither,
{
    QueryScalar(query(text), PhantomData)
}

/// Asks it of whichever there is: the same call for each.
macro_rules! asked {
    ($on:expr, $query:ident, $self:expr, $call:ident, $done:expr) => {{
        let Query { text, values } = $self;
        match $on {
            On::Pool(Pool::Sqlite(pool)) => {
                sqlx::$query(text, arguments::<SqliteArguments>(values)?).$call(pool).await.map($done)
            }
            On::Within(Within::Sqlite(at)) => {
                sqlx::$query(text, arguments::<SqliteArguments>(values)?).$call(&mut **at).await.map($done)
            }
            On::Pool(Pool::Postgres(pool)) => {
                sqlx::$query(text, arguments::<PgArguments>(values)?).$call(pool).await.map($done)
            }
            On::Within(Within::Postgres(at)) => {
                sqlx::$query(text, arguments::<PgArguments>(values)?).$call(&mut **at).await.map($done)
            }
        }
    }};
}

impl Query {
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Query {
        self.values.push(value.into());
        self
    }

    /// Does it; how many rows it changed.
    pub(crate) async fn execute<'a>(self, on: impl Into<On<'a>>) -> sqlx::Result<u64> {
        asked!(on.into(), query_with, self, execute, |done| done.rows_affected())
    }

    /// Every row as values of these kinds, and what is wrong with one that has others.
    pub(crate) async fn cells<'a>(
        self,
        kinds: &[Kind],
        on: impl Into<On<'a>>,
    ) -> sqlx::Result<Vec<sqlx::Result<Vec<Value>>>> {
        asked!(on.into(), query_with, self, fetch_all, |rows| rows.iter().map(|row| cells(row, kinds)).collect())
    }
}

impl<T: FromEither> QueryAs<T> {
    pub(crate) fn bind(self, value: impl Into<Value>) -> QueryAs<T> {
        QueryAs(self.0.bind(value), PhantomData)
    }

    pub(crate) async fn fetch_all<'a>(self, on: impl Into<On<'a>>) -> sqlx::Result<Vec<T>> {
        asked!(on.into(), query_as_with, self.0, fetch_all, |rows| rows)
    }

    pub(crate) async fn fetch_optional<'a>(self, on: impl Into<On<'a>>) -> sqlx::Result<Option<T>> {
        asked!(on.into(), query_as_with, self.0, fetch_optional, |row| row)
    }

    pub(crate) async fn fetch_one<'a>(self, on: impl Into<On<'a>>) -> sqlx::Result<T> {
        self.fetch_optional(on).await?.ok_or(sqlx::Error::RowNotFound)
    }
}

impl<T> QueryScalar<T>
where
    (T,): FromEither,
{
    pub(crate) fn bind(self, value: impl Into<Value>) -> QueryScalar<T> {
        QueryScalar(self.0.bind(value), PhantomData)
    }

    pub(crate) async fn fetch_all<'a>(self, on: impl Into<On<'a>>) -> sqlx::Result<Vec<T>> {
        let rows: Vec<(T,)> = QueryAs(self.0, PhantomData).fetch_all(on).await?;
        Ok(rows.into_iter().map(|(one,)| one).collect())
    }

    pub(crate) async fn fetch_optional<'a>(self, on: impl Into<On<'a>>) -> sqlx::Result<Option<T>> {
        let row: Option<(T,)> = QueryAs(self.0, PhantomData).fetch_optional(on).await?;
        Ok(row.map(|(one,)| one))
    }

    pub(crate) async fn fetch_one<'a>(self, on: impl Into<On<'a>>) -> sqlx::Result<T> {
        self.fetch_optional(on).await?.ok_or(sqlx::Error::RowNotFound)
    }
}

/// Several statements without values, one after the other.
pub(super) async fn script(text: impl SqlSafeStr, at: &mut Tx) -> sqlx::Result<()> {
    let text = sqlx::raw_sql(text);
    match &mut at.0 {
        Within::Sqlite(at) => text.execute(&mut **at).await.map(|_| ()),
        Within::Postgres(at) => text.execute(&mut **at).await.map(|_| ()),
    }
}

fn arguments<A: Arguments + Default>(values: Vec<Value>) -> sqlx::Result<A>
where
    for<'q> Option<i64>: Encode<'q, A::Database> + Type<A::Database>,
    for<'q> Option<String>: Encode<'q, A::Database> + Type<A::Database>,
    for<'q> Option<Vec<u8>>: Encode<'q, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for value in values {
        let added = match value {
            Value::Number(one) => arguments.add(one),
            Value::Text(one) => arguments.add(one),
            Value::Bytes(one) => arguments.add(one),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

fn cells<'r, R: Row>(row: &'r R, kinds: &[Kind]) -> sqlx::Result<Vec<Value>>
where
    usize: ColumnIndex<R>,
    Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    Option<Vec<u8>>: Decode<'r, R::Database> + Type<R::Database>,
{
    let cell = |(place, kind): (usize, &Kind)| {
        Ok(match kind {
            Kind::Number => Value::Number(row.try_get(place)?),
            Kind::Text => Value::Text(row.try_get(place)?),
            Kind::Bytes => Value::Bytes(row.try_get(place)?),
        })
    };
    kinds.iter().enumerate().map(cell).collect()
}
