from __future__ import annotations

from threadpoolctl import threadpool_info

from hipgait.threads import in_parallel, quiet_linear_algebra


def test_in_parallel_keeps_the_order() -> None:
    assert in_parallel(lambda x: x * 2, [3, 1, 2]) == [6, 2, 4]
    assert in_parallel(lambda x: x * 2, [3]) == [6]
    assert in_parallel(lambda x: x, []) == []


def test_linear_algebra_is_quiet_inside_and_as_before_afterwards() -> None:
    def threads() -> list[int]:
        return [x["num_threads"] for x in threadpool_info() if x["user_api"] == "blas"]

    before = threads()
    with quiet_linear_algebra():
        assert all(n == 1 for n in threads())
    assert threads() == before
