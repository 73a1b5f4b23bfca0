"""Runs a function in a process of its own: a file that is broken or hostile may exhaust that one's memory or time, and
the worker lives to say so."""

import multiprocessing

FORK = multiprocessing.get_context("fork")


class Failed(Exception):
    """The function came to no result; the message says why."""


def run(function, argument, seconds):
    """`function(argument)`, within so many seconds."""
    receiver, sender = FORK.Pipe(duplex=False)
    process = FORK.Process(target=answer, args=(sender, function, argument), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise Failed(f"it took longer than {seconds} s")
        reason, result = receiver.recv()
    except EOFError:
        raise Failed("it needed more memory than the worker may use") from None
    finally:
        process.kill()
        process.join()
    if reason is not None:
        raise Failed(reason)
    return result


def answer(sender, function, argument):
    """What the process does: it sends the reason of a failure, or nothing and the result."""
    try:
        sender.send((None, function(argument)))
    except BaseException as error:  # a panic of the library that unpacks LAZ is not an Exception
        sender.send((str(error) or type(error).__name__, None))
