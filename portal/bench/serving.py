"""What a request costs: nothing, a view, a view for a person, a page, a list. In process and through granian."""

from django.urls import reverse

from portal.bench.bare import application as bare_application
from portal.bench.load import Client
from portal.bench.registry import benchmark

EMPTY, SIGNED_IN = "/bench/empty", "/bench/signed-in"


def in_process(world, url, is_signed_in=True):
    """The whole of Django without a socket."""
    client = world.client(is_signed_in)

    def work(times):
        for _ in range(times):
            if client.get(url).status_code != 200:
                raise RuntimeError(f"{url} did not answer 200")

    return work


def over_socket(world, url, is_signed_in=True):
    return Client(world.socket("portal.bench.wsgi:application"), url, world.cookie() if is_signed_in else "")


@benchmark("empty view, in process", against="a function call that answers")
def empty_view(world):
    def bare(times):
        for _ in range(times):
            b"".join(bare_application({}, lambda status, headers: None))

    return in_process(world, EMPTY, is_signed_in=False), bare


@benchmark("empty view for a person, in process", against="empty view, in process")
def empty_view_signed_in(world):
    return in_process(world, SIGNED_IN), in_process(world, EMPTY, is_signed_in=False)


@benchmark("home page, in process", against="empty view for a person, in process")
def home(world):
    return in_process(world, reverse("home")), in_process(world, SIGNED_IN)


@benchmark("empty view, through granian", against="granian with an empty application")
def empty_view_served(world):
    return over_socket(world, EMPTY, is_signed_in=False), Client(world.socket("portal.bench.bare:application"), "/")


@benchmark("empty view for a person, through granian", against="empty view, through granian")
def empty_view_signed_in_served(world):
    return over_socket(world, SIGNED_IN), over_socket(world, EMPTY, is_signed_in=False)


@benchmark("home page, through granian", against="empty view for a person, through granian", reach=2.5)
def home_served(world):
    return over_socket(world, reverse("home")), over_socket(world, SIGNED_IN)


@benchmark("list of areas, through granian", against="empty view for a person, through granian", reach=2.5)
def areas_served(world):
    return over_socket(world, reverse("members:list_areas")), over_socket(world, SIGNED_IN)


@benchmark("list of organizations, through granian", against="empty view for a person, through granian", reach=2.5)
def organizations_served(world):
    return over_socket(world, reverse("members:list_organizations")), over_socket(world, SIGNED_IN)
