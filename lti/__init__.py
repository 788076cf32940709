"""LTI 1.3 as a tool, free of any web framework and of the rest of the product.

A request goes through these modules in this order: `login` answers the platform's third-party
login with a redirect, `launch` turns the signed answer into a `claims.VerifiedLaunch` or raises
`errors.LaunchError`. What has to be remembered between the two is behind the protocols of
`ports`; the caller implements them over its own database.
"""
