"""The command line. Importing it puts the network guard in force, before anything else."""

from kb import egress

egress.install()
