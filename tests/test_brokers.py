"""One URL, in the words of Django's cache and of Celery."""

from portal.lib import brokers

THREE = "sentinel://:p%40ss@10.0.0.1:26379,10.0.0.2,10.0.0.3:26380/portal"


def test_an_ordinary_url_is_passed_on():
    for url in ("redis://:secret@cache.example.org:6379/0", "rediss://cache.example.org/1"):
        assert brokers.broker(url) == (url, {})
        assert brokers.cache(url)["LOCATION"] == url


def test_a_socket_has_another_name_for_celery():
    assert brokers.broker("unix:///run/valkey.sock") == ("redis+socket:///run/valkey.sock", {})
    assert brokers.broker("unix:///run/v.sock?db=3") == ("redis+socket:///run/v.sock?virtual_host=3", {})
    assert brokers.cache("unix:///run/valkey.sock")["LOCATION"] == "unix:///run/valkey.sock"


def test_sentinels_are_named_one_by_one_to_celery():
    url, options = brokers.broker(THREE)
    assert url.split(";") == [
        "sentinel://:p%40ss@10.0.0.1:26379", "sentinel://:p%40ss@10.0.0.2:26379", "sentinel://:p%40ss@10.0.0.3:26380",
    ]  # fmt: skip
    assert options == {"master_name": "portal"}


def test_sentinels_are_named_to_the_cache():
    found = brokers.cache(THREE)
    assert found["LOCATION"] == "redis://portal/0"
    assert found["OPTIONS"]["SENTINELS"] == [("10.0.0.1", 26379), ("10.0.0.2", 26379), ("10.0.0.3", 26380)]
    assert found["OPTIONS"]["PASSWORD"] == "p@ss"


def test_a_master_without_a_name_has_the_usual_one():
    assert brokers.broker("sentinel://10.0.0.1")[1] == {"master_name": "mymaster"}
