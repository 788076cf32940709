"""What a tool may ask of a platform between launches: roster, grades, groups, notices, terms.

Nothing here knows tables or a framework. A `Connector` calls one platform; every other module is
one service and takes it as its first argument. Whatever goes wrong is a `ServiceError`.
"""
