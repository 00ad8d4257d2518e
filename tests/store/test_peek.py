import sqlite3

import pytest

from roxy.store.database import open_database
from roxy.store.peek import FILE, holds_any


async def test_a_look_tells_whether_there_is_a_row_and_needs_no_library(tmp_path):
    assert not holds_any(tmp_path, "reminders")
    async with open_database(tmp_path) as database:
        assert not holds_any(tmp_path, "reminders")
        async with database.writing() as connection:
            await connection.exec_driver_sql("INSERT INTO notebook (skill, key, value) VALUES ('a', 'b', 'c')")
        assert holds_any(tmp_path, "notebook")
    assert holds_any(tmp_path, "notebook")
    assert not holds_any(tmp_path, "reminders")


@pytest.mark.parametrize("text", [b"not a database at all", b""])
def test_what_is_no_database_is_left_to_those_who_open_it(tmp_path, text):
    (tmp_path / FILE).write_bytes(text)
    assert holds_any(tmp_path, "reminders") == bool(text)


def test_a_database_of_before_the_table_holds_nothing_in_it(tmp_path):
    with sqlite3.connect(tmp_path / FILE) as old:
        old.execute("CREATE TABLE other (a)")
    old.close()
    assert not holds_any(tmp_path, "mcp_connectors")
