"""The sandbox's tables: made when missing, and given the columns that later versions added."""

from sqlalchemy import Connection, inspect, text
from sqlalchemy.schema import CreateColumn

from payments.sandbox.models import Base


def bring_up_to_date(connection: Connection) -> None:
    """Make what is missing. What a developer has in an older sandbox stays: columns come with defaults."""
    Base.metadata.create_all(connection)
    there = inspect(connection)
    for table in Base.metadata.sorted_tables:
        known = {column["name"] for column in there.get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                added = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(text(f'ALTER TABLE "{table.name}" ADD COLUMN {added}'))
