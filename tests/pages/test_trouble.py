"""What keeps the whole app from working is said in one sentence, until it is mended."""

from aedash.training.executors import cluster


def test_a_ray_cluster_that_cannot_be_had(open_page, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("AEDASH_RAY_ADDRESS", "127.0.0.1:6379")
        patch.setattr(cluster, "find_spec", lambda name: None)
        tab = open_page("home")
        assert tab.problem.startswith("AEDASH_RAY_ADDRESS is set but Ray is not installed")
        assert tab.problem.endswith(".")
    assert tab.again().problem == ""
