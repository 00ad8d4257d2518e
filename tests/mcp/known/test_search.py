from roxy.contracts.calls import ToolInfo
from roxy.mcp.known.search import matching


def names(tools, query):
    return [tool.name for tool in matching(tools, query)]


def test_a_word_of_the_name_weighs_more_than_one_of_the_description():
    tools = [ToolInfo("a", "x", description="create an issue"), ToolInfo("a", "create_issue"), ToolInfo("b", "y")]
    assert names(tools, "Create issue") == ["create_issue", "x"]


def test_names_in_any_writing_are_several_words():
    tools = [ToolInfo("a", name) for name in ("getUserInfo", "get-user-info", "get_user_info", "HTTPServer2")]
    assert set(names(tools, "user info")) == {"getUserInfo", "get-user-info", "get_user_info"}
    assert names(tools, "server") == ["HTTPServer2"]


def test_another_form_of_a_word_is_found():
    tools = [ToolInfo("a", "x", description="Creates tickets"), ToolInfo("a", "y", description="Queries a database")]
    assert names(tools, "creating a ticket") == ["x"]
    assert names(tools, "query databases") == ["y"]


def test_a_word_with_a_typing_error_is_found_and_one_that_nothing_is_like_is_not():
    tools = [ToolInfo("a", "weather_forecast"), ToolInfo("a", "send_mail")]
    assert names(tools, "wether forcast") == ["weather_forecast"]
    assert names(tools, "zebra") == []


def test_parameters_count_and_odd_schemas_do_no_harm():
    odd = [
        ToolInfo("a", f"odd{number}", input_schema={"properties": given}) for number, given in enumerate(([], {"q": 1}))
    ]
    place = ToolInfo("a", "x", input_schema={"properties": {"airport": {"description": "Where to land"}}})
    assert names([*odd, place], "airport")[0] == "x"
    assert names([*odd, place], "land") == ["x"]


def test_words_that_say_nothing_find_nothing():
    assert names([ToolInfo("a", "x", description="What is it for")], "what is the") == []


def test_without_tools_or_without_words_nothing_is_found():
    assert matching([], "weather") == []
    assert matching([ToolInfo("a", "x")], "") == []
