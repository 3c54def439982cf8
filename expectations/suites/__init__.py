"""One module per audited or published table, each with the same names: ``SUITE``, over a frame of control totals."""
