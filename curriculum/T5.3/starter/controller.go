package main

import (
	"context"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// finalizer holds a Page back until its entry is out of the index.
	finalizer = "site.gantry.example/index"
	// indexName is a ConfigMap that others write, too; it belongs to no Page.
	indexName = "index"
)

// Reconciler keeps, for each Page, a ConfigMap of its own and an entry in the index.
type Reconciler struct{ client.Client }

// SetUp has Reconcile called whenever something happens to a Page.
func (r *Reconciler) SetUp(manager ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(manager).For(&Page{}).Complete(r)
}

// Reconcile is called with the name of a Page. It looks at it, and does nothing yet.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var page Page
	if err := r.Get(ctx, request.NamespacedName, &page); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	return ctrl.Result{}, nil
}
