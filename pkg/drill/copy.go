package drill

// Copy is everything that a run's restore makes, in the order in which it is
// removed: an instance before the cluster that it is of. The first is what is
// waited for and what the checks are put to.
type Copy []Resource

// Single is the copy of a kind whose restore makes one resource; none with an
// error.
func Single(r Resource, err error) (Copy, error) {
	if err != nil {
		return nil, err
	}
	return Copy{r}, nil
}

// First is what is waited for; the zero Resource of an empty copy.
func (c Copy) First() Resource {
	if len(c) == 0 {
		return Resource{}
	}
	return c[0]
}
