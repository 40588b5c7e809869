"""A parcel depot: where parcels go, what they cost, who moves them."""
