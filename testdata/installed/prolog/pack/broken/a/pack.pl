name(unversioned).
